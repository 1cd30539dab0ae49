import type { Observable } from 'rxjs';

import { accumulateDelta } from '../completions/accumulateDelta.ts';
import type { Completion } from '../completions/Completion.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { streamDeltas } from './streamDeltas.ts';
import type { StreamOptions } from './StreamOptions.ts';

/**
 * Sends a request and gives the answer so far, after every delta.
 *
 * - **Shape:** a dialect and a request to `Observable<Completion>`; cold: two subscriptions are two requests, so share
 *   it where two `async` pipes show one answer
 * - **Errors:** any `StreamError`, with the last completion in `partial`. While nothing of the answer has arrived, one that
 *   may heal is retried first (`retry`); after that, only with `resume`. `InvalidOptionError` thrown at the call
 * - **Completes:** after a completion with `ended: true`
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example Text as it grows
 * ```ts
 * import { distinctUntilChanged, lastValueFrom, map, toArray } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: ['Hel', 'lo'] }) }] });
 * const completion$ = streamCompletion(openAiChat, {
 *   baseUrl: 'http://fake.test/v1',
 *   fetch,
 *   body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
 * });
 * const texts$ = completion$.pipe(map(({ text }) => text), distinctUntilChanged(), toArray());
 *
 * await lastValueFrom(texts$); // => ['', 'Hel', 'Hello']
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export function streamCompletion<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  options: StreamOptions<Body>,
): Observable<Completion> {
  return streamDeltas(dialect, options).pipe(accumulateDelta(options.limits));
}
