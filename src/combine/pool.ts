import { catchError, defer, endWith, finalize, isObservable, map, mergeMap, type Observable, of } from 'rxjs';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { isStreamError, type StreamError } from '../errors/StreamError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { backoffMs, type BackoffOptions } from '../resilience/backoffMs.ts';
import { askedMs, retryDelayMs } from '../resilience/retryDelayMs.ts';
import { JobDispatcher, type ListedJob, type PoolJob } from './JobDispatcher.ts';
import { StartPace } from './StartPace.ts';

export interface PoolOptions extends BackoffOptions {
  /** Jobs under way at one time; `Infinity` for no bound. @defaultValue 8 */
  readonly concurrency?: number | undefined;
  /** Starts within any 60 s, those of retries included; `Infinity` for no bound. @defaultValue Infinity */
  readonly perMinute?: number | undefined;
  /** How often one job is run again after an error that may heal; 0 for never. @defaultValue 3 */
  readonly maxRetries?: number | undefined;
  /** The longest pause that a server may ask for, in milliseconds; a job that is told to wait longer fails. @defaultValue 300_000 */
  readonly maxPauseMs?: number | undefined;
  /** Upper bound on jobs that an Observable gives before there is room, in jobs; `Infinity` for none. @defaultValue 100_000 */
  readonly maxQueued?: number | undefined;
}

/** What happens in a pool, and to which job: its place in the list, counted from 0. */
export type PoolEvent<T> =
  | { readonly index: number; readonly kind: 'value'; readonly value: T }
  /** The job is run again after a pause; what it gave so far does not count. */
  | {
      readonly index: number;
      readonly kind: 'retry';
      /** The run that follows; the first retry is attempt 2. */
      readonly attempt: number;
      /** How long it waits at least, in milliseconds; then for a place. */
      readonly delayMs: number;
      readonly error: StreamError;
    }
  | { readonly index: number; readonly kind: 'done' }
  | { readonly index: number; readonly kind: 'failed'; readonly error: unknown };

/**
 * Runs many requests, a few at a time, and keeps to the provider's limits.
 *
 * - **Shape:** jobs (Observables, or functions that make one) to `{ index, kind, ... }`: `value` for each value of a job, then
 *   `done` or `failed`; `retry` when a job is run again. An iterable is asked for a job only when a place is free, so it
 *   may be endless
 * - **Time:** jobs start in their order, at most `concurrency` at one time and `perMinute` within any 60 s. A job that fails in
 *   a way that may heal (`isRetryable`) waits as `backoffMs` says, while others run, and then goes before any new one.
 *   When the error says when to come back (`retryAfterMs`), no job starts for that long. Turn retries off in the
 *   requests themselves, so that errors get here
 * - **Memory:** the jobs under way, and at most twice `concurrency` that wait to be run again; of an Observable of jobs, those that wait, at most `maxQueued`
 * - **Errors:** those of jobs are values; that the list of jobs fails is fatal, as is `LimitError`
 * - **Completes:** when all jobs are over and the list is at its end
 * - **Unsubscribe:** stops every job and the clock, and lets go of the list
 *
 * ```marble
 * job 0   -a------b|       concurrency: 2
 * job 1   --c-#
 * job 2       -d-|         starts when a place is free
 * events  -ac-xd-yb(z|)    x: job 1 failed   y: job 2 is done   z: job 0 is done
 * ```
 *
 * @example Three prompts, two at a time, one of which fails
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs';
 * import { lastCompletion, pool, streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: ({ body }) => {
 *     const { model } = body as { model: string };
 *     return model === 'none' ? { status: 404 } : { deltas: answer({ text: `I am ${model}` }) };
 *   },
 * });
 * const jobs = ['a', 'none', 'c'].map((model) => () => {
 *   const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model, messages: [] } };
 *   return streamCompletion(openAiChat, request).pipe(lastCompletion());
 * });
 * const events = await lastValueFrom(pool(jobs, { concurrency: 2 }).pipe(toArray()));
 *
 * events.flatMap((event) => (event.kind === 'value' ? event.value.text : [])).sort(); // => ['I am a', 'I am c']
 * events.filter(({ kind }) => kind === 'failed').map(({ index }) => index); // => [1]
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function pool<T>(
  jobs: Iterable<PoolJob<T>> | Observable<PoolJob<T>>,
  {
    concurrency = 8,
    perMinute = Infinity,
    maxRetries = 3,
    maxPauseMs = 300_000,
    maxQueued = 100_000,
    ...backoff
  }: PoolOptions = {},
): Observable<PoolEvent<T>> {
  checkOption('bound', 'concurrency', concurrency);
  checkOption('bound', 'perMinute', perMinute);
  checkOption('count', 'maxRetries', maxRetries);
  checkOption('delayMs', 'maxPauseMs', maxPauseMs);
  checkOption('bound', 'maxQueued', maxQueued);
  backoffMs(1, backoff);
  // Callers without types pass all sorts of things.
  if (
    !isObservable(jobs) &&
    typeof (jobs as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator] !== 'function'
  ) {
    throw new InvalidOptionError('jobs', 'must be an iterable or an Observable');
  }
  return defer(() => {
    const pace = new StartPace(perMinute);
    const dispatcher = new JobDispatcher<T>({ jobs, concurrency, maxQueued, pace });

    const afterError = (listed: ListedJob<T>, error: unknown): PoolEvent<T> => {
      const { index, runs } = listed;
      const failed: PoolEvent<T> = { index, kind: 'failed', error };
      if (!isStreamError(error) || !error.isRetryable) return failed;
      const ownMs = retryDelayMs(error, runs + 1, backoff, maxPauseMs);
      if (ownMs === undefined) return failed;
      if (askedMs(error) !== undefined) pace.pause(ownMs);
      if (runs >= maxRetries) return failed;
      const delayMs = Math.max(ownMs, pace.waitMs());
      dispatcher.runAgain(listed, delayMs);
      return { index, kind: 'retry', attempt: runs + 2, delayMs, error };
    };

    const run = (listed: ListedJob<T>): Observable<PoolEvent<T>> => {
      const { index, job } = listed;
      return defer(() => {
        if (isObservable(job)) return job;
        // Callers without types pass all sorts of things.
        if (typeof job === 'function') return job();
        throw new InvalidOptionError(`jobs[${index}]`, 'must be an Observable or a function that makes one');
      }).pipe(
        map((value): PoolEvent<T> => ({ index, kind: 'value', value })),
        endWith<PoolEvent<T>>({ index, kind: 'done' }),
        catchError((error: unknown) => of(afterError(listed, error))),
        finalize(() => {
          dispatcher.free();
        }),
      );
    };

    return dispatcher.starts.pipe(mergeMap(run));
  });
}
