import type { Completion } from '../completions/Completion.ts';
import type { PromptMessage } from '../dialects/Dialect.ts';

/** What a model answered: the answer itself, or its text where that is all there is. */
export type AssistantTurn =
  | { readonly role: 'assistant'; readonly completion: Completion }
  | { readonly role: 'assistant'; readonly text: string };

/** One contribution to a conversation. */
export type Turn = PromptMessage | AssistantTurn;
