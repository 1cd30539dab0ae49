import { parentPort } from 'node:worker_threads';

import type { Delta } from '../../src/deltas/Delta.ts';
import { anthropicMessages } from '../../src/dialects/anthropic-messages/anthropicMessages.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { gemini } from '../../src/dialects/gemini/gemini.ts';
import { ollama } from '../../src/dialects/ollama/ollama.ts';
import { openAiChat } from '../../src/dialects/openai-chat/openAiChat.ts';
import { openAiResponses } from '../../src/dialects/openai-responses/openAiResponses.ts';
import { ApiError } from '../../src/errors/ApiError.ts';
import { serveStreams } from '../../src/worker/serveStreams.ts';

/** `openAiChat`, with something else in place of the text "ODD". */
const oddChat = (name: string, odd: () => Delta): Dialect => ({
  ...openAiChat,
  name,
  deltas(expectedChoices) {
    const map = openAiChat.deltas(expectedChoices);
    return (chunk) => map(chunk).map((delta) => (delta.type === 'text' && delta.text === 'ODD' ? odd() : delta));
  },
});

serveStreams([
  openAiChat,
  anthropicMessages,
  openAiResponses,
  ollama,
  gemini,
  oddChat('gives-a-function', () => ({ type: 'other', name: 'odd', raw: () => 1 })),
  oddChat('throws-a-function', () => {
    throw Object.assign(new ApiError({ message: 'odd' }), { handler: () => 1 });
  }),
  oddChat('throws-its-own', () => {
    throw new SyntaxError('a mistake in a dialect');
  }),
]);

// Tests make it fail outside of any stream.
parentPort?.on('message', (message) => {
  if (message === 'throw') throw new Error('out of nowhere');
  if (message === 'exit') process.exit(3);
});
