import type { Observable } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import { decodeDeltas } from '../chunks/decodeDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect, RequestOptions } from '../dialects/Dialect.ts';

/**
 * Sends a request and gives the answer as deltas: every stage from bytes on, assembled once.
 *
 * - **Shape:** a dialect and a request to `Observable<Delta>`; cold: two subscriptions are two requests
 * - **Errors:** any `StreamError`; `InvalidOptionError` thrown at the call
 * - **Completes:** after `end`, once every choice that the body asks for has its stop reason
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example The types of the deltas of a short answer
 * ```ts
 * import { lastValueFrom, map, toArray } from 'rxjs';
 * import { streamDeltas } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi', usage: { inputTokens: 3, outputTokens: 1 } }) }] });
 * const body = { model: 'm', max_tokens: 9, messages: [] };
 * const deltas$ = streamDeltas(anthropicMessages, { baseUrl: 'http://fake.test', fetch, body });
 * const types = await lastValueFrom(deltas$.pipe(map(({ type }) => type), toArray()));
 *
 * types; // => ['start', 'usage', 'part-start', 'text', 'part-end', 'finish', 'usage', 'end']
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export function streamDeltas<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  request: RequestOptions<Body>,
): Observable<Delta> {
  const expectedChoices = dialect.expectedChoices(request.body);
  return fromHttp(dialect.request(request)).pipe(decodeDeltas(dialect, { expectedChoices }));
}
