import type { ParseChunkOptions } from '../chunks/parseChunk.ts';
import type { AnswerLimits } from '../completions/answerLimiter.ts';
import type { RequestOptions } from '../dialects/Dialect.ts';
import type { DecodeFramesOptions } from '../frames/decodeFrames.ts';
import type { BackoffOptions } from '../resilience/backoffMs.ts';
import type { RetryWithBackoffOptions } from '../resilience/retryWithBackoff.ts';
import type { StreamRunner } from './StreamRunner.ts';

export interface ResumeOptions extends BackoffOptions {
  /** Resumptions in all. @defaultValue 3 */
  readonly maxResumes?: number | undefined;
  /**
   * How to go on. `continue` sends the answer so far back to the model and asks it to go on, which any provider
   * understands; the answer is then one that the model wrote in two goes. `last-event-id` asks a server that keeps
   * the stream (its frames carry ids) for the rest of it. `cursor` asks a provider that keeps the answer for what
   * comes behind its last event, as OpenAI's Responses can for one made with `background: true` and stored.
   * @defaultValue 'continue'
   */
  readonly by?: 'continue' | 'last-event-id' | 'cursor' | undefined;
  /**
   * Whether to hand the answer so far to the model as the beginning of its own, where the dialect can. A
   * server that refuses is asked in words instead. @defaultValue true
   */
  readonly prefill?: boolean | undefined;
}

/** The bounds of every stage, by the names that a `LimitError` gives. */
export interface StreamLimits extends DecodeFramesOptions, ParseChunkOptions, AnswerLimits {}

/** A request, and what to do when it fails. */
export interface StreamOptions<Body> extends RequestOptions<Body> {
  /** How to send it again while nothing of the answer has arrived; `false` for not at all. */
  readonly retry?: RetryWithBackoffOptions | false | undefined;
  /** Bounds on what is held, and what to do about frames that cannot be read. */
  readonly limits?: StreamLimits | undefined;
  /** Whether, and how, to go on when the stream drops in the middle. @defaultValue false */
  readonly resume?: ResumeOptions | boolean | undefined;
  /**
   * Where the work from the request to the deltas is done, retries included: `inWorker` of `rxllm/worker` makes one that does it
   * off the main thread. @defaultValue here
   */
  readonly runIn?: StreamRunner | undefined;
}
