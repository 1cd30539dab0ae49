import { ApiError, type GenerateContentResponse, GoogleGenAI } from '@google/genai';

import { caseHeader } from '../faults/FaultCase.ts';
import type { RunnableCall, Seen } from '../faults/judge.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { reading, timeoutMs } from './reading.ts';

const textOf = ({ candidates }: GenerateContentResponse): string =>
  (candidates?.[0]?.content?.parts ?? []).map(({ text }) => text ?? '').join('');

const client = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['@google/genai'],
  dialect: 'gemini',
  run: reading(
    async (faultCase, origin, notes, signal) => {
      const genai = new GoogleGenAI({
        apiKey: 'none',
        httpOptions: {
          baseUrl: origin,
          headers: { [caseHeader]: faultCase.id },
          timeout: timeoutMs(faultCase.clocks),
          retryOptions: { attempts: 3 },
        },
      });
      const stream = await genai.models.generateContentStream({
        model: 'm',
        contents: 'Go',
        config: { abortSignal: signal },
      });
      const runnable: RunnableCall[] = [];
      let text = '';
      let isFinished = false;
      let usage: Seen['usage'];
      for await (const chunk of stream) {
        const piece = textOf(chunk);
        text += piece;
        for (const { name = '', args } of chunk.functionCalls ?? []) runnable.push({ name, arguments: args });
        isFinished ||= chunk.candidates?.[0]?.finishReason !== undefined;
        const { promptTokenCount, candidatesTokenCount } = chunk.usageMetadata ?? {};
        if (promptTokenCount !== undefined && candidatesTokenCount !== undefined) {
          usage = { inputTokens: promptTokenCount, outputTokens: candidatesTokenCount };
        }
        if (notes.text(piece)) return;
      }
      if (isChecked && !isFinished) throw new Error('the stream ended without a finishReason');
      notes.whole({ text, runnable, usage });
    },
    (error) => error instanceof ApiError,
  ),
});

export const googleGenAiClients: readonly ConformanceClient[] = [
  client(
    'genai',
    '@google/genai',
    '`for await` over `models.generateContentStream`, text and `functionCalls` put together. `retryOptions: { attempts: 3 }` is set (without ' +
      '`retryOptions` it does not retry); `httpOptions.timeout` is set, which bounds the whole of a request, its body included (default: ' +
      'none); left by `abortSignal`, or by `break`.',
    false,
  ),
  client(
    'genai-checked',
    '@google/genai, checked',
    'The same, by a careful reader: without a `finishReason` it throws. The check is the reader’s own.',
    true,
  ),
];
