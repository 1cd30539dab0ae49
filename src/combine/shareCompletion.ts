import { type MonoTypeOperatorFunction, ReplaySubject, share } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';

/**
 * One request for many subscribers: two `async` pipes, a view and a log, whoever comes late included.
 *
 * - **Shape:** `Observable<Completion>` to `Observable<Completion>`; a late subscriber gets the answer so far at once,
 *   then the rest
 * - **Memory:** one snapshot, however many deltas it took
 * - **Errors:** reach every subscriber. One that comes later gets the last snapshot and the same error: no
 *   second request goes out unasked
 * - **Completes:** with the source; one that comes later gets the last snapshot and completes
 * - **Unsubscribe:** the request ends, and its socket closes, when the last subscriber leaves. Whoever subscribes after
 *   that starts it anew, unless it had ended by itself
 *
 * ```marble
 * source  a--b--c--d|
 * first   a--b--c--d|
 * second      b-c--d|          subscribes between b and c
 * third                (d|)    subscribes after the end
 * ```
 *
 * @example Two subscribers, one request
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { shareCompletion, streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Once only' }) }] });
 * const completion$ = streamCompletion(openAiChat, {
 *   baseUrl: 'http://fake.test/v1',
 *   fetch,
 *   body: { model: 'm', messages: [] },
 * }).pipe(shareCompletion());
 * const both = await Promise.all([lastValueFrom(completion$), lastValueFrom(completion$)]);
 * const late = await lastValueFrom(completion$);
 *
 * [...both, late].map(({ text }) => text); // => ['Once only', 'Once only', 'Once only']
 * requests.length; // => 1
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function shareCompletion(): MonoTypeOperatorFunction<Completion> {
  return share({
    connector: () => new ReplaySubject(1),
    resetOnRefCountZero: true,
    resetOnComplete: false,
    resetOnError: false,
  });
}
