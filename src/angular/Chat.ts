import type { Signal } from '@angular/core';

import type { StreamError } from '../errors/StreamError.ts';
import type { PendingCall } from '../tools/answerCall.ts';
import type { StreamProgress } from '../ui/StreamProgress.ts';
import type { StreamStatus } from '../ui/streamStatus.ts';
import type { ChatMessage, InitialMessage } from './ChatMessage.ts';

/** What a chat is doing, in a word. */
export type ChatStatus =
  | 'idle'
  | Exclude<StreamStatus, 'ended' | 'failed'>
  | 'running-tools'
  | 'awaiting-approval'
  | 'done'
  | 'stopped'
  | 'error';

/** A tool call that waits for a person's word. Once that is given, or the answer stopped, it is no longer listed. */
export interface ChatApproval extends PendingCall {
  approve(): void;
  /** The model is told the reason. */
  deny(reason?: string): void;
}

/** A request that failed and is to be sent again. */
export interface ChatRetry {
  /** The attempt that follows; the first retry is attempt 2. */
  readonly attempt: number;
  readonly delayMs: number;
  /** When it goes out, as `Date.now()` gives it. */
  readonly atMs: number;
  readonly error: StreamError;
}

/** A conversation with a model, in signals. No method throws, whatever the state; each may be called again. */
export interface Chat {
  /** Another array when a message comes or goes, never because one grows. */
  readonly messages: Signal<readonly ChatMessage[]>;
  readonly status: Signal<ChatStatus>;
  /** Whether an answer is under way. */
  readonly busy: Signal<boolean>;
  /** What ended the last answer, if an error did. */
  readonly error: Signal<unknown>;
  /** How far the last answer has got. */
  readonly progress: Signal<StreamProgress | undefined>;
  /** The retry that is waited for, as long as it is. */
  readonly retry: Signal<ChatRetry | undefined>;
  readonly approvals: Signal<readonly ChatApproval[]>;
  /** Sends text, or the provider's own content, and asks for an answer. Stops one that is under way. Blank text is not sent. */
  send(content: string | object): void;
  /** Ends the answer that is under way; what there is of it stays. */
  stop(): void;
  /**
   * Drops an answer and all that follows it, and asks again: by default the last answer, so that it is also "try again" after an
   * error. Of a user's message only what follows is dropped.
   */
  regenerate(id?: string): void;
  /**
   * The messages as plain data, to be kept as JSON: what `injectChat({ messages })` and `reset` take. In an effect or a `computed`
   * it follows the chat, each piece of an answer that is under way included.
   */
  snapshot(): readonly InitialMessage[];
  /** Stops, and begins anew with these messages. @defaultValue none */
  reset(messages?: readonly InitialMessage[]): void;
}
