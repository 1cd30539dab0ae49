import { caseHeader, type FaultCase } from '../faults/FaultCase.ts';
import type { GatheredAnswer } from './GatheredAnswer.ts';
import { gatherChat } from './gatherChat.ts';
import { gatherMessages, type MessagesEvent } from './gatherMessages.ts';

/** Which dialects are read by hand. */
export const dialectsByHand = ['openai-chat', 'anthropic-messages'] as const;

/** Sends the request of a case as somebody does who has nothing but `fetch`. */
export const fetchCase = (
  { dialect, id, choices }: FaultCase,
  origin: string,
  signal: AbortSignal,
): Promise<Response> =>
  fetch(`${origin}${dialect.name === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages'}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none', [caseHeader]: id },
    body: JSON.stringify({
      model: 'm',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Go' }],
      stream: true,
      ...(choices !== undefined && { n: choices }),
    }),
    signal,
  });

/** Takes an event's JSON in, and gives the text that it has. */
export const gatherJson = (answer: GatheredAnswer, json: object, dialect: string): string =>
  dialect === 'openai-chat' ? gatherChat(answer, json) : gatherMessages(answer, json as MessagesEvent);
