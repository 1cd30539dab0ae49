import OpenAI from 'openai';

import { caseHeader, type FaultCase } from '../faults/FaultCase.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { answerIn, gatheredAnswer } from './GatheredAnswer.ts';
import { gatherChat } from './gatherChat.ts';
import { parsedCalls, reading, timeoutMs } from './reading.ts';

export const openAiOf = (faultCase: FaultCase, origin: string): OpenAI =>
  new OpenAI({
    apiKey: 'none',
    baseURL: `${origin}/v1`,
    timeout: timeoutMs(faultCase.clocks),
    defaultHeaders: { [caseHeader]: faultCase.id },
    logLevel: 'off',
  });

export const isOpenAiError = (error: unknown): boolean => error instanceof OpenAI.OpenAIError;

const bodyOf = ({ choices }: FaultCase) =>
  ({
    model: 'm',
    messages: [{ role: 'user', content: 'Go' }],
    stream_options: { include_usage: true },
    ...(choices !== undefined && { n: choices }),
  }) satisfies OpenAI.ChatCompletionCreateParams;

const create = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['openai'],
  dialect: 'openai-chat',
  run: reading(async (faultCase, origin, notes, signal) => {
    const client = openAiOf(faultCase, origin);
    const gathered = gatheredAnswer();
    const stream = await client.chat.completions.create({ ...bodyOf(faultCase), stream: true }, { signal });
    for await (const chunk of stream) if (notes.text(gatherChat(gathered, chunk))) return;
    notes.whole(answerIn(gathered, isChecked));
  }, isOpenAiError),
});

/** The helper `stream()`: its chunks iterated, then `finalChatCompletion()`. */
const stream: ConformanceClient = {
  id: 'openai-stream',
  title: 'openai `stream()`',
  how:
    '`chat.completions.stream()` iterated, then `finalChatCompletion()`, which rejects an answer without `finish_reason`. Its text, ' +
    'calls and usage are the answer. What arrived before an error is `currentChatCompletionSnapshot`. Options as above.',
  packages: ['openai'],
  dialect: 'openai-chat',
  run: reading(async (faultCase, origin, notes, signal) => {
    const answer = openAiOf(faultCase, origin).chat.completions.stream(bodyOf(faultCase), { signal });
    notes.keepsPartial(() => {
      const message = answer.currentChatCompletionSnapshot?.choices[0]?.message;
      return message && (message.content ?? '');
    });
    for await (const chunk of answer) {
      const first = chunk.choices.find(({ index }) => index === 0);
      if (notes.text(first?.delta.content ?? '')) return;
    }
    const { choices, usage } = await answer.finalChatCompletion();
    const message = choices[0]?.message;
    const calls = (message?.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call.function] : []));
    notes.whole({
      text: message?.content ?? '',
      runnable: ['tool_calls', 'stop'].includes(choices[0]?.finish_reason ?? '') ? parsedCalls(calls) : [],
      usage: usage && { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
      others: choices.slice(1).map((choice) => choice.message.content ?? ''),
    });
  }, isOpenAiError),
};

export const openAiChatClients: readonly ConformanceClient[] = [
  create(
    'openai-create',
    'openai `create`',
    '`for await` over `chat.completions.create({ stream: true })`, text and arguments put together as they come, calls whose ' +
      'arguments parse run in the end. `maxRetries` is its default, 2; `timeout` is set, and documented as the wait for a ' +
      'response (default: 10 minutes); left by `signal`, or by `break`. It promises the chunks, not a whole answer.',
    false,
  ),
  create(
    'openai-create-checked',
    'openai `create`, checked',
    'The same, by a careful reader: without a `finish_reason` it throws, and calls run only where that is `tool_calls` or `stop`. ' +
      'The check is the reader’s own.',
    true,
  ),
  stream,
];
