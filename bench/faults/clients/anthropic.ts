import Anthropic from '@anthropic-ai/sdk';

import { caseHeader, type FaultCase } from '../FaultCase.ts';
import { type FaultClient, parsedCalls, reading, timeoutMs } from './FaultClient.ts';

const clientOf = (faultCase: FaultCase, origin: string, maxRetries: number): Anthropic =>
  new Anthropic({
    apiKey: 'none',
    baseURL: origin,
    maxRetries,
    timeout: timeoutMs(faultCase.clocks),
    defaultHeaders: { [caseHeader]: faultCase.id },
    logLevel: 'off',
  });

const body = { model: 'm', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Go' }] };

/** `create({ stream: true })`, iterated; text and the arguments of tool calls put together as they come. */
const create = (maxRetries: number): FaultClient => ({
  name: `@anthropic-ai/sdk create, maxRetries ${maxRetries}`,
  dialect: 'anthropic-messages',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin, maxRetries);
    const calls: { name: string; arguments: string }[] = [];
    let text = '';
    for await (const event of await client.messages.create({ ...body, stream: true }, { signal })) {
      if (event.type === 'content_block_start' && event.content_block.type === 'tool_use') {
        calls.push({ name: event.content_block.name, arguments: '' });
      }
      if (event.type !== 'content_block_delta') continue;
      const call = calls.at(-1);
      if (event.delta.type === 'input_json_delta' && call) call.arguments += event.delta.partial_json;
      if (event.delta.type !== 'text_delta') continue;
      text += event.delta.text;
      notes.text(event.delta.text);
    }
    notes.whole({ text, runnable: parsedCalls(calls) });
  }),
});

/** The helper `stream()`: its events iterated, then `finalMessage()`. */
const stream = (maxRetries: number): FaultClient => ({
  name: `@anthropic-ai/sdk stream(), maxRetries ${maxRetries}`,
  dialect: 'anthropic-messages',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin, maxRetries);
    const answer = client.messages.stream(body, { signal });
    for await (const event of answer) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') notes.text(event.delta.text);
    }
    const { content } = await answer.finalMessage();
    notes.whole({
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      runnable: content.flatMap((block) =>
        block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
      ),
    });
  }),
});

export const anthropicClients: readonly FaultClient[] = [create(0), create(2), stream(0), stream(2)];
