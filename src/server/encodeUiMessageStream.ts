import { joinNeighbours } from '../deltas/joinDeltas.ts';
import type { Encoder } from './Encoder.ts';
import { UiMessageWriter } from './UiMessageWriter.ts';

export interface EncodeUiMessageStreamOptions {
  /**
   * The id of the message that an answer stands in, given the answer's own; `undefined` leaves it to the client. Where the client
   * runs tools and sends their results, the answer goes on in the message that it has. @defaultValue the answer's id
   */
  readonly messageId?: ((id: string) => string | undefined) | undefined;
  /** Whether reasoning is shown. @defaultValue true */
  readonly includeReasoning?: boolean | undefined;
  /** Whether the addresses of citations are shown, as `source-url` parts. @defaultValue true */
  readonly includeSources?: boolean | undefined;
  /** Whether the message's metadata get what the answer cost, as `usage`. @defaultValue false */
  readonly includeUsage?: boolean | undefined;
}

/**
 * Says an answer as the AI SDK's UI message stream: for `useChat` and its likes, of `ai` 7 or later.
 *
 * Steps, calls of tools and what comes of them are shown, whoever runs them. What a new attempt or a redaction makes void is
 * taken back (`reset-step`), but for a step that is over, which is an error.
 *
 * - **Shape:** options to an `Encoder`, for choice 0. Refusals and transcripts are text; logprobs, audio and what only a provider has
 *   words for are left out. Seals that must go back to the provider stand in `providerMetadata.rxllm`
 * - **Time:** each delta goes out at once; a call is given to the client to run once it is whole
 * - **Memory:** the step that is under way. The client cannot go on in the middle, so each response is the whole answer, about a
 *   frame for each part of what there is already
 * - **Errors:** those of the answer go out as an `error` part that says no more than a client may know, without a marker behind
 *   it; so does an answer that has no `end`
 * - **Completes:** with `finish` and `[DONE]`, or with `abort` and `[DONE]` where the answer was stopped
 *
 * @example An answer as the parts of a UI message
 * ```ts
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeUiMessageStream, toResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('question-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const response = toResponse(await log.open('question-1'), encodeUiMessageStream());
 *
 * [...(await response.text()).matchAll(/"type":"([^"]*)"/g)].map(([, type]) => type);
 * // => ['start', 'start-step', 'text-start', 'text-delta', 'text-end', 'finish-step', 'finish']
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const encodeUiMessageStream = ({
  messageId = (id) => id,
  includeReasoning = true,
  includeSources = true,
  includeUsage = false,
}: EncodeUiMessageStreamOptions = {}): Encoder => ({
  headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
  resumeBy: 'start',
  writer: (id) =>
    new UiMessageWriter(id, {
      messageId: messageId(id),
      hasReasoning: includeReasoning,
      hasSources: includeSources,
      hasUsage: includeUsage,
    }),
  join: joinNeighbours,
});
