import { TaggedError } from './TaggedError.ts';

/**
 * Why a worker gave no answer:
 *
 * - `failed-to-start`: its script could not be loaded, or threw
 * - `silent`: its script runs, but `serveStreams` was not called
 * - `crashed`: it ended, or threw outside of any stream
 * - `unknown-dialect`: `serveStreams` was not given the dialect that was asked for
 */
export type WorkerErrorReason = 'failed-to-start' | 'silent' | 'crashed' | 'unknown-dialect';

/** The worker that was to stream an answer did not. */
export class WorkerError extends TaggedError {
  readonly _tag = 'WorkerError';
  override readonly name = 'WorkerError';
  /** A worker that crashed may have been unlucky; the others fail again. */
  readonly isRetryable: boolean;
  readonly reason: WorkerErrorReason;

  constructor(reason: WorkerErrorReason, problem: string, options?: ErrorOptions) {
    super(`the worker gave no answer: ${problem}`, options);
    this.reason = reason;
    this.isRetryable = reason === 'crashed';
  }
}
