import type { Signal } from '@angular/core';

import type { AssistantTurn } from '../chat/Turn.ts';
import type { Completion, ToolCall } from '../completions/Completion.ts';
import type { StreamProgress } from '../ui/StreamProgress.ts';

/** A message that a chat begins with, such as one that was kept from an earlier visit. */
export type InitialMessage = { readonly role: 'user'; readonly content: string | object } | AssistantTurn;

/**
 * One message of a chat: the same object for as long as it is there. What changes is in signals of its own, so that a template
 * renders anew only the message that grows.
 */
export interface ChatMessage {
  /** Its own within the application; stays the same. */
  readonly id: string;
  readonly role: 'user' | 'assistant';
  /** What a user sent; `''` for an assistant. */
  readonly content: string | object;
  /** The words of it, whoever says them; those of a refusal, where there are no others. */
  readonly text: Signal<string>;
  readonly reasoning: Signal<string>;
  readonly toolCalls: Signal<readonly ToolCall[]>;
  /** The answer so far; `undefined` before its first delta, and for users. */
  readonly completion: Signal<Completion | undefined>;
  readonly status: Signal<'streaming' | 'done' | 'stopped' | 'error'>;
  /** What ended it, if an error did. What came before stays. */
  readonly error: Signal<unknown>;
  readonly progress: Signal<StreamProgress | undefined>;
}
