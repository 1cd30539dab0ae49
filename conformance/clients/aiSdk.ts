import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { AISDKError, jsonSchema, type LanguageModel, streamText, type ToolSet } from 'ai';

import { caseHeader, type FaultCase } from '../faults/FaultCase.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { reading, timeoutMs } from './reading.ts';

type MakeModel = (options: { baseURL: string; apiKey: string; headers: Record<string, string> }) => LanguageModel;

const models: Readonly<Record<string, MakeModel>> = {
  'openai-chat': (options) => createOpenAI(options).chat('m'),
  'openai-responses': (options) => createOpenAI(options)('m'),
  'anthropic-messages': (options) => createAnthropic(options)('m'),
};

const modelOf = ({ dialect, id }: FaultCase, origin: string): LanguageModel => {
  const make = models[dialect.name];
  if (!make) throw new Error(`there is no model for ${dialect.name}`);
  return make({ baseURL: `${origin}/v1`, apiKey: 'none', headers: { [caseHeader]: id } });
};

/** A tool whose arguments are checked, as they are where a schema is written with zod. */
const toolWith = (...required: readonly string[]) => ({
  inputSchema: jsonSchema<object>(
    { type: 'object', required: [...required] },
    {
      validate: (value) =>
        typeof value === 'object' && value !== null && required.every((name) => name in value)
          ? { success: true, value }
          : { success: false, error: new TypeError(`not an object with ${required.join(', ')}`) },
    },
  ),
});
const tools: ToolSet = { weather: toolWith('city'), now: toolWith() };

/** What a reader who looks at it takes for the end of an answer. */
const soundReasons: readonly string[] = ['stop', 'tool-calls', 'length', 'content-filter'];

const isTyped = (error: unknown): boolean =>
  AISDKError.isInstance(error) || ['AbortError', 'TimeoutError'].includes((error as Error).name);

interface Use {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  /** Whether the reader looks at `finishReason`. */
  readonly isChecked: boolean;
  readonly streamRetries?: number;
}

const uses: readonly Use[] = [
  {
    id: 'ai',
    title: 'ai',
    how:
      '`streamText`: `textStream` iterated, then `finishReason`, `toolCalls` and `usage` awaited; what `onError` is told is thrown at ' +
      'the next piece, and calls marked `invalid` are not run. `maxRetries` is its default, 2; `timeout: { firstChunkMs, chunkMs, stepMs }` is set (default: ' +
      'none; `stepMs` bounds the whole of a step, a long answer that is well included); left by `abortSignal`. It has no option for several ' +
      'choices.',
    isChecked: false,
  },
  {
    id: 'ai-checked',
    title: 'ai, checked',
    how:
      'The same, by a careful reader: `stream` iterated, its `error` parts thrown, and a `finishReason` that is none of `stop`, `tool-calls`, ' +
      '`length` and `content-filter` is an error. A stream that ends early gives `other`. The check is the reader’s own.',
    isChecked: true,
  },
  {
    id: 'ai-stream-retries',
    title: 'ai, `streamRetries`',
    how:
      'Checked, and with `streamRetries: 2`, which tries a step again after an error event. It is documented that text which was already ' +
      'emitted cannot be taken back and may be said again in `textStream`; the final `text` is right.',
    isChecked: true,
    streamRetries: 2,
  },
];

const client = (dialect: string, { id, title, how, isChecked, streamRetries }: Use): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['ai', dialect === 'anthropic-messages' ? '@ai-sdk/anthropic' : '@ai-sdk/openai'],
  dialect,
  lacks: ['choices'],
  run: reading(async (faultCase, origin, notes, signal) => {
    const errors: unknown[] = [];
    const clockMs = timeoutMs(faultCase.clocks);
    const answer = streamText({
      model: modelOf(faultCase, origin),
      prompt: 'Go',
      maxOutputTokens: 64,
      tools,
      timeout: { firstChunkMs: clockMs, chunkMs: clockMs, stepMs: clockMs },
      abortSignal: signal,
      ...(streamRetries !== undefined && { streamRetries }),
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    if (isChecked) {
      for await (const part of answer.stream) {
        if (part.type === 'error') throw part.error;
        if (part.type === 'text-delta' && notes.text(part.text)) return;
      }
    } else {
      for await (const piece of answer.textStream) {
        if (errors.length > 0) break;
        if (notes.text(piece)) return;
      }
    }
    if (!isChecked && errors.length > 0) throw errors[0];
    const [text, finishReason, toolCalls, usage] = await Promise.all([
      answer.text,
      answer.finishReason,
      answer.toolCalls,
      answer.usage,
    ]);
    if (!isChecked && errors.length > 0) throw errors[0];
    if (isChecked && !soundReasons.includes(finishReason)) throw new Error(`finishReason ${finishReason}`);
    notes.whole({
      text,
      runnable: toolCalls.flatMap(({ toolName, input, ...rest }) =>
        'invalid' in rest && rest.invalid === true ? [] : [{ name: toolName, arguments: input }],
      ),
      usage: { inputTokens: usage.inputTokens ?? NaN, outputTokens: usage.outputTokens ?? NaN },
    });
  }, isTyped),
});

export const aiSdkClients: readonly ConformanceClient[] = Object.keys(models).flatMap((dialect) =>
  uses.map((use) => client(dialect, use)),
);
