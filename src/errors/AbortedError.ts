import { TaggedError } from './TaggedError.ts';

/**
 * The caller's `AbortSignal` ended the stream; `cause` is the signal's reason.
 *
 * @category errors
 * @since 0.1.0
 */
export class AbortedError extends TaggedError {
  readonly _tag = 'AbortedError';
  override readonly name = 'AbortedError';
  readonly isRetryable = false;

  constructor(options?: ErrorOptions) {
    super("the caller's signal aborted the stream", options);
  }
}
