export { type ChatCompletionBody, openAiChat } from './openAiChat.ts';
export type { ChatCompletionChunk } from './codec.ts';
