import { Ollama } from 'ollama';

import { caseHeader } from '../faults/FaultCase.ts';
import type { RunnableCall, Seen } from '../faults/judge.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { reading } from './reading.ts';

const client: ConformanceClient = {
  id: 'ollama',
  title: 'ollama',
  how:
    '`for await` over `chat({ stream: true })`, text and `tool_calls` put together. It has no option for a timeout and none for retries; ' +
    'left by `abort()`, one client per stream as its README advises, or by `break`. It throws where the last line is not `done`.',
  packages: ['ollama'],
  dialect: 'ollama',
  run: reading(
    async (faultCase, origin, notes, signal) => {
      const ollama = new Ollama({ host: origin, headers: { [caseHeader]: faultCase.id } });
      signal.addEventListener('abort', () => {
        ollama.abort();
      });
      const runnable: RunnableCall[] = [];
      let text = '';
      let usage: Seen['usage'];
      const stream = await ollama.chat({ model: 'm', messages: [{ role: 'user', content: 'Go' }], stream: true });
      for await (const part of stream) {
        text += part.message.content;
        for (const call of part.message.tool_calls ?? []) {
          runnable.push({ name: call.function.name, arguments: call.function.arguments });
        }
        if (part.done) usage = { inputTokens: part.prompt_eval_count, outputTokens: part.eval_count };
        if (notes.text(part.message.content)) return;
      }
      notes.whole({ text, runnable, usage });
    },
    (error) => ['ResponseError', 'AbortError'].includes((error as Error).name),
  ),
};

export const ollamaClients: readonly ConformanceClient[] = [client];
