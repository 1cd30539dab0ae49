import OpenAI from 'openai';

import { caseHeader, type FaultCase } from '../FaultCase.ts';
import { type FaultClient, parsedCalls, reading, timeoutMs } from './FaultClient.ts';

const clientOf = (faultCase: FaultCase, origin: string, maxRetries: number): OpenAI =>
  new OpenAI({
    apiKey: 'none',
    baseURL: `${origin}/v1`,
    maxRetries,
    timeout: timeoutMs(faultCase.clocks),
    defaultHeaders: { [caseHeader]: faultCase.id },
    logLevel: 'off',
  });

const body = { model: 'm', messages: [{ role: 'user', content: 'Go' }] } satisfies OpenAI.ChatCompletionCreateParams;

/** `create({ stream: true })`, iterated; text and the arguments of tool calls put together as they come. */
const create = (maxRetries: number): FaultClient => ({
  name: `openai create, maxRetries ${maxRetries}`,
  dialect: 'openai-chat',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin, maxRetries);
    const calls: { name: string; arguments: string }[] = [];
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true }, { signal })) {
      const delta = chunk.choices[0]?.delta;
      for (const { index, function: fragment } of delta?.tool_calls ?? []) {
        const call = (calls[index] ??= { name: '', arguments: '' });
        call.name += fragment?.name ?? '';
        call.arguments += fragment?.arguments ?? '';
      }
      text += delta?.content ?? '';
      notes.text(delta?.content ?? '');
    }
    notes.whole({ text, runnable: parsedCalls(calls) });
  }),
});

/** The helper `stream()`: its chunks iterated, then `finalChatCompletion()`. */
const stream = (maxRetries: number): FaultClient => ({
  name: `openai stream(), maxRetries ${maxRetries}`,
  dialect: 'openai-chat',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin, maxRetries);
    const answer = client.chat.completions.stream(body, { signal });
    for await (const chunk of answer) notes.text(chunk.choices[0]?.delta.content ?? '');
    const { choices } = await answer.finalChatCompletion();
    const message = choices[0]?.message;
    const calls = (message?.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []));
    notes.whole({ text: message?.content ?? '', runnable: parsedCalls(calls) });
  }),
});

export const openAiClients: readonly FaultClient[] = [create(0), create(2), stream(0), stream(2)];
