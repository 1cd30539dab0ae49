import { anthropicMessages } from '../dialects/anthropic-messages/anthropicMessages.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { gemini } from '../dialects/gemini/gemini.ts';
import { ollama } from '../dialects/ollama/ollama.ts';
import { openAiChat } from '../dialects/openai-chat/openAiChat.ts';
import { openAiResponses } from '../dialects/openai-responses/openAiResponses.ts';

/** Which dialect is spoken where: by the path of the request's address. */
export const routes: readonly (readonly [path: RegExp, dialect: Dialect])[] = [
  [/\/chat\/completions$/, openAiChat],
  [/\/messages$/, anthropicMessages],
  [/\/responses$/, openAiResponses],
  [/\/api\/chat$/, ollama],
  [/:(streamG|g)enerateContent$/, gemini],
];
