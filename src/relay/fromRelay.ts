import { defer, type Observable, retry } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkRelay, type RelayOptions } from './RelayOptions.ts';
import { RelaySession } from './RelaySession.ts';

/**
 * An answer from one's own server (`resumable` of `rxllm/server`), whatever happens to the connection.
 *
 * Without a `body` it follows the answer at `url`. With one it starts an answer at `url`; after a cut it sends the same request
 * again, with its key and its place, so that no id has to be known and nothing is made twice.
 *
 * - **Shape:** the deltas of the answer, each once and in order; cold: without a `key`, two subscriptions are two answers. Where the
 *   server lost what was shown, they begin again with their `start`, which `accumulateDelta` heeds
 * - **Time:** a connection that is silent for `idleMs`, heartbeats included, is dead. Waits between attempts grow as those of
 *   `retryWithBackoff` do; never sooner than the server asked for
 * - **Errors:** that in which the answer ended, an `ApiError` as a rule; `LogError` `lost` where its server died, `not-found` where
 *   there is no such answer (any more); `HttpError` 401, 403 and others that no repetition mends, at once; the last `NetworkError`,
 *   `HttpError`, `StreamTimeoutError` or `TruncatedError` once `retry.maxRetries` attempts in a row brought nothing;
 *   `ContentTypeError` and `ChunkParseError` for a server that is none of ours; `AbortedError`. `InvalidOptionError` thrown at the call
 * - **Completes:** when the answer is whole. Also when it was stopped: then no `end` delta came, so that a completion has
 *   `ended: false`; `onEnding` tells, too. And at once where `after` is the end of it
 * - **Unsubscribe:** closes the connection. The answer goes on; `stopAnswer` stops it
 *
 * @example A page that follows an answer to its end, over a connection that is cut
 * ```ts
 * import { lastValueFrom, of } from 'rxjs';
 * import { accumulateDelta } from 'rxllm';
 * import { memoryLog } from 'rxllm/log';
 * import { fromRelay } from 'rxllm/relay';
 * import { resumable } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const { fetch: serve } = resumable(memoryLog(), {
 *   authorize: () => 'user-1',
 *   start: () => of(...answer({ text: 'To be or not to be' })),
 *   basePath: '/answers',
 * });
 * let connections = 0;
 * const cut = new TransformStream<Uint8Array>({
 *   transform: (bytes, controller) => {
 *     controller.enqueue(bytes.subarray(0, 250));
 *     controller.terminate();
 *   },
 * });
 * // In a page there is a network here, and no option is needed.
 * const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
 *   const response = await serve(new Request(input, init));
 *   connections += 1;
 *   return connections === 1 ? new Response(response.body?.pipeThrough(cut), response) : response;
 * };
 * const deltas$ = fromRelay('https://chat.test/answers', { body: { question: 'Hamlet?' }, fetch, retry: { firstDelayMs: 1 } });
 * const { text } = await lastValueFrom(deltas$.pipe(accumulateDelta()));
 *
 * text; // => 'To be or not to be'
 * connections; // => 2
 * ```
 *
 * @category relay
 * @since 0.1.0
 */
export function fromRelay(url: string, options: RelayOptions = {}): Observable<Delta> {
  checkRelay(options);
  // As it is now: what is sent again is the same.
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  return defer(() => {
    const session = new RelaySession(url, options, body);
    return session.connect().pipe(retry({ delay: (error) => session.wait(error) }));
  }).pipe(abortedBy(options.signal));
}
