import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { jsonSchema, type LanguageModel, streamText, type ToolSet } from 'ai';

import { caseHeader, type FaultCase } from '../FaultCase.ts';
import { type FaultClient, reading, timeoutMs } from './FaultClient.ts';

type MakeModel = (options: { baseURL: string; apiKey: string; headers: Record<string, string> }) => LanguageModel;

const models: Readonly<Record<string, MakeModel>> = {
  'openai-chat': (options) => createOpenAI(options).chat('m'),
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

/** `streamText`: `textStream` iterated, then `finishReason` and `toolCalls`; what `onError` is told counts, too. */
const textStream = (dialect: string, maxRetries: number, isChecked: boolean): FaultClient => ({
  name: `ai streamText, maxRetries ${maxRetries}${isChecked ? ', finishReason checked' : ''}`,
  dialect,
  run: reading(async (faultCase, origin, notes, signal) => {
    const errors: unknown[] = [];
    const answer = streamText({
      model: modelOf(faultCase, origin),
      prompt: 'Go',
      maxOutputTokens: 64,
      tools,
      maxRetries,
      timeout: { chunkMs: timeoutMs(faultCase.clocks) },
      abortSignal: signal,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    let text = '';
    for await (const piece of answer.textStream) {
      text += piece;
      notes.text(piece);
    }
    const [finishReason, toolCalls] = await Promise.all([answer.finishReason, answer.toolCalls]);
    if (errors.length > 0) throw errors[0];
    if (isChecked && !soundReasons.includes(finishReason)) throw new Error(`finishReason ${finishReason}`);
    notes.whole({
      text,
      runnable: toolCalls.flatMap(({ toolName, input, ...rest }) =>
        'invalid' in rest && rest.invalid === true ? [] : [{ name: toolName, arguments: input }],
      ),
    });
  }),
});

export const aiSdkClients: readonly FaultClient[] = ['openai-chat', 'anthropic-messages'].flatMap((dialect) => [
  textStream(dialect, 0, false),
  textStream(dialect, 2, false),
  textStream(dialect, 2, true),
]);
