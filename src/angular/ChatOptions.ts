import type { Injector } from '@angular/core';
import type { Observable } from 'rxjs';

import type { Approval, PendingCall } from '../tools/answerCall.ts';
import type { Tool } from '../tools/tool.ts';
import type { BufferForUiOptions } from '../ui/bufferForUi.ts';
import type { TrackProgressOptions } from '../ui/trackProgress.ts';
import type { ChatMessage, InitialMessage } from './ChatMessage.ts';
import type { LlmConfig } from './LlmConfig.ts';
import type { Reactive } from './Reactive.ts';

/** What decides over a tool call: `ask` puts it among the `approvals` of the chat. */
export type Approver =
  'ask' | ((call: PendingCall) => Approval | 'ask' | PromiseLike<Approval | 'ask'> | Observable<Approval | 'ask'>);

/** How a chat is held. What it shares with `LlmConfig` wins over what `provideLlm` was given. */
export interface ChatOptions extends Partial<Omit<LlmConfig, 'body'>>, TrackProgressOptions {
  /** Where to inject from; the chat ends with it. @defaultValue the current injection context */
  readonly injector?: Injector | undefined;
  /** What the model is told before all else. Read when a message is sent, as are `body` and `tools`. */
  readonly system?: Reactive<string | undefined>;
  /** Further fields of the request's body; messages in it stand before those of the chat. */
  readonly body?: Reactive<object | undefined>;
  /** What the model may call. */
  readonly tools?: Reactive<readonly Tool[] | undefined>;
  /** What decides over tool calls. @defaultValue they are run without asking */
  readonly approve?: Approver | undefined;
  /** Requests for one answer: the first, and one for each round of tool calls. @defaultValue 10 */
  readonly maxSteps?: number | undefined;
  /** How often text is shown: for each paint, at a pace of your own, or (`false`) for every delta. @defaultValue each paint */
  readonly paint?: BufferForUiOptions | false | undefined;
  /** What the chat begins with. */
  readonly messages?: readonly InitialMessage[] | undefined;
  /**
   * Called once an answer has come to its end: whole, with an error, or by `stop()`; its `status` tells. Not where another
   * message, `regenerate`, `reset` or the end of the injector cut it off. What it throws goes to the `ErrorHandler`.
   */
  readonly onFinish?: ((message: ChatMessage) => void) | undefined;
}
