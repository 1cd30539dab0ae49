import Anthropic from '@anthropic-ai/sdk';

import { caseHeader, type FaultCase } from '../faults/FaultCase.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { answerIn, gatheredAnswer } from './GatheredAnswer.ts';
import { gatherMessages } from './gatherMessages.ts';
import { reading, timeoutMs } from './reading.ts';

const clientOf = (faultCase: FaultCase, origin: string): Anthropic =>
  new Anthropic({
    apiKey: 'none',
    baseURL: origin,
    timeout: timeoutMs(faultCase.clocks),
    defaultHeaders: { [caseHeader]: faultCase.id },
    logLevel: 'off',
  });

const isTyped = (error: unknown): boolean => error instanceof Anthropic.AnthropicError;

const body = { model: 'm', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Go' }] };

const create = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['@anthropic-ai/sdk'],
  dialect: 'anthropic-messages',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin);
    const gathered = gatheredAnswer();
    for await (const event of await client.messages.create({ ...body, stream: true }, { signal })) {
      if (notes.text(gatherMessages(gathered, event))) return;
    }
    notes.whole(answerIn(gathered, isChecked));
  }, isTyped),
});

const textOf = ({ content }: Anthropic.Message): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('');

const stream = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['@anthropic-ai/sdk'],
  dialect: 'anthropic-messages',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = clientOf(faultCase, origin);
    const answer = client.messages.stream(body, { signal });
    notes.keepsPartial(() => answer.currentMessage && textOf(answer.currentMessage));
    for await (const event of answer) {
      if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue;
      if (notes.text(event.delta.text)) return;
    }
    const message = await answer.finalMessage();
    const calls = message.content.filter((block) => block.type === 'tool_use');
    notes.whole({
      text: textOf(message),
      runnable:
        isChecked && message.stop_reason !== 'tool_use'
          ? []
          : calls.map(({ name, input }) => ({ name, arguments: input })),
      usage: { inputTokens: message.usage.input_tokens, outputTokens: message.usage.output_tokens },
    });
  }, isTyped),
});

export const anthropicClients: readonly ConformanceClient[] = [
  create(
    'anthropic-create',
    'anthropic `create`',
    '`for await` over `messages.create({ stream: true })`, text and arguments put together as they come, calls whose arguments parse ' +
      'run in the end. `maxRetries` is its default, 2; `timeout` is set, and documented as the wait for a response (default: 10 ' +
      'minutes); left by `signal`, or by `break`. It promises the events, not a whole answer.',
    false,
  ),
  create(
    'anthropic-create-checked',
    'anthropic `create`, checked',
    'The same, by a careful reader: without a `stop_reason` it throws, and calls run only where that is `tool_use` or `end_turn`. The ' +
      'check is the reader’s own.',
    true,
  ),
  stream(
    'anthropic-stream',
    'anthropic `stream()`',
    '`messages.stream()` iterated, then `finalMessage()`, which rejects an answer without `message_stop`; every `tool_use` block of it ' +
      'is run. What arrived before an error is `currentMessage`. Options as above.',
    false,
  ),
  stream(
    'anthropic-stream-checked',
    'anthropic `stream()`, checked',
    'The same, and calls run only where `stop_reason` is `tool_use`, as Anthropic’s guides to tools do it.',
    true,
  ),
];
