import { TaggedError } from './TaggedError.ts';

/**
 * What became of a worker:
 *
 * - `failed-to-start`: it could not be made, its script could not be loaded, or threw
 * - `silent`: its script runs, but did not call `serveStreams`
 * - `crashed`: it threw outside of any stream, ended, or was terminated
 * - `unknown-dialect`: `serveStreams` was not given the dialect that was asked for
 * - `not-cloneable`: something in the answer, such as a function, cannot leave the worker
 */
export type WorkerErrorReason = 'failed-to-start' | 'silent' | 'crashed' | 'unknown-dialect' | 'not-cloneable';

/**
 * The worker that was to stream an answer did not.
 *
 * @category errors
 * @since 0.1.0
 */
export class WorkerError extends TaggedError {
  readonly _tag = 'WorkerError';
  override readonly name = 'WorkerError';
  /** A worker that crashed may have been unlucky; the others fail again. */
  readonly isRetryable: boolean;
  readonly reason: WorkerErrorReason;

  constructor(reason: WorkerErrorReason, problem: string, options?: ErrorOptions) {
    super(`the worker failed: ${problem}`, options);
    this.reason = reason;
    this.isRetryable = reason === 'crashed';
  }
}
