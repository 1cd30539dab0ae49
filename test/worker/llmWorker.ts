import { parentPort } from 'node:worker_threads';

import { anthropicMessages } from '../../src/dialects/anthropic-messages/anthropicMessages.ts';
import { gemini } from '../../src/dialects/gemini/gemini.ts';
import { ollama } from '../../src/dialects/ollama/ollama.ts';
import { openAiChat } from '../../src/dialects/openai-chat/openAiChat.ts';
import { openAiResponses } from '../../src/dialects/openai-responses/openAiResponses.ts';
import { serveStreams } from '../../src/worker/serveStreams.ts';

serveStreams([openAiChat, anthropicMessages, openAiResponses, ollama, gemini], parentPort);

// Tests make it fail outside of any stream.
parentPort?.on('message', (message) => {
  if (message === 'throw') throw new Error('out of nowhere');
  if (message === 'exit') process.exit(3);
});
