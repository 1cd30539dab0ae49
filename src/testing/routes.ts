import { anthropicMessages } from '../dialects/anthropic-messages/anthropicMessages.ts';
import { gemini } from '../dialects/gemini/gemini.ts';
import { ollama } from '../dialects/ollama/ollama.ts';
import { openAiChat } from '../dialects/openai-chat/openAiChat.ts';
import { openAiResponses } from '../dialects/openai-responses/openAiResponses.ts';
import type { Speaker } from './playReply.ts';

/** Which dialect is spoken where: by the path of the request's address. */
export const routes: readonly (readonly [path: RegExp, dialect: Speaker])[] = [
  [/\/chat\/completions$/, openAiChat],
  [/\/messages$/, anthropicMessages],
  [/\/responses$/, openAiResponses],
  [/\/api\/chat$/, ollama],
  [/:(streamG|g)enerateContent$/, gemini],
];
