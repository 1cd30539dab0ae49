import { map, type MonoTypeOperatorFunction, Observable, retry, throwError, timer } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { isStreamError, type StreamError } from '../errors/StreamError.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { backoffMs, type BackoffOptions } from './backoffMs.ts';
import { retryDelayMs } from './retryDelayMs.ts';

export interface RetryWithBackoffOptions extends BackoffOptions {
  /** Retries in all; what arrives in between does not start the count afresh. @defaultValue 2 */
  readonly maxRetries?: number | undefined;
  /**
   * Whether to retry only while nothing of the answer has arrived, or at any time: then what was
   * shown is replaced, and paid for again. @defaultValue 'before-first-token'
   */
  readonly retryWhen?: 'before-first-token' | 'always' | undefined;
  /** Which errors deserve another attempt. @defaultValue those whose `isRetryable` is true */
  readonly shouldRetry?: ((error: StreamError) => boolean) | undefined;
}

/**
 * Sends the request again when it fails in a way that may heal, after a wait that grows.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Delta>`; a `retry` delta says that an attempt failed and how long the
 *   wait is, then the next attempt's `start` (with `attempt` counted on) begins the answer afresh
 * - **Time:** full jitter between 0 and a ceiling that doubles from `firstDelayMs` to `maxDelayMs`. Never sooner than the
 *   server asked for (`retry-after-ms`, `Retry-After`, a hint in the error itself)
 * - **Errors:** the last one, once `maxRetries` are used up; at once one that no retry can help, one that asks to wait
 *   longer than `maxDelayMs`, and, unless `retryWhen` is `'always'`, any after the first token
 * - **Unsubscribe:** also ends a wait
 *
 * ```marble
 * attempt 1  s-#              s: start   t: text   e: end   #: 503
 * attempt 2        s--t--e|
 * result     s-r---S--t--e|   r: retry, in 4 ms   S: start of attempt 2
 * ```
 *
 * @example A server that is overloaded once
 * ```ts
 * import { lastValueFrom, map, toArray } from 'rxjs';
 * import { retryWithBackoff, streamDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ status: 503 }, { deltas: answer({ text: 'Hi' }) }] });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] }, retry: false } as const;
 * const deltas$ = streamDeltas(openAiChat, request).pipe(retryWithBackoff({ firstDelayMs: 1 }));
 * const types = await lastValueFrom(deltas$.pipe(map(({ type }) => type), toArray()));
 *
 * types; // => ['retry', 'start', 'part-start', 'text', 'part-end', 'finish', 'end']
 * ```
 *
 * @category resilience
 * @since 0.1.0
 */
export function retryWithBackoff({
  maxRetries = 2,
  retryWhen = 'before-first-token',
  shouldRetry = ({ isRetryable }) => isRetryable,
  ...backoff
}: RetryWithBackoffOptions = {}): MonoTypeOperatorFunction<Delta> {
  checkOption('count', 'maxRetries', maxRetries);
  checkOneOf('retryWhen', retryWhen, ['before-first-token', 'always']);
  backoffMs(1, backoff);
  return (source) =>
    new Observable((out) => {
      let attempt = 1;
      let hasToken = false;
      const numbered = map((delta: Delta) => {
        hasToken ||= isToken(delta);
        return delta.type === 'start' ? { ...delta, attempt } : delta;
      });
      const retried = retry<Delta>({
        count: maxRetries,
        delay: (error: unknown, retries) => {
          const isTooLate = hasToken && retryWhen === 'before-first-token';
          if (isTooLate || !isStreamError(error) || !shouldRetry(error)) return throwError(() => error);
          const delayMs = retryDelayMs(error, retries, backoff);
          if (delayMs === undefined) return throwError(() => error);
          attempt = retries + 1;
          hasToken = false;
          out.next({ type: 'retry', attempt, delayMs, error });
          return timer(delayMs);
        },
      });
      return source.pipe(numbered, retried).subscribe(out);
    });
}
