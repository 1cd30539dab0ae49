export { anthropicMessages, type MessagesBody } from './anthropicMessages.ts';
export type { MessageStreamEvent } from './codec.ts';
