import type { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { Encoder } from './Encoder.ts';
import { feedResponse } from './feedResponse.ts';
import { feedsOf, type OnceOptions } from './OnceOptions.ts';

/**
 * A stream as a `Response` of Server-Sent Events, for servers in the style of `fetch` (Hono, Next, Bun, Deno, workers): the answer
 * belongs to the request, ends with it, and cannot be resumed. For one that outlives the request there is `resumable`.
 *
 * - **Shape:** a `Response` at once; `source` is subscribed to when its body is read. Frames carry no `id`: there is nothing to come
 *   back to
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** what the client has not read yet, at most `maxBytes`
 * - **Errors:** `InvalidOptionError` thrown at the call
 * - **Completes:** with the protocol's own terminal, whatever the outcome; an error of `source` is told without addresses or keys
 * - **Unsubscribe:** a body that is cancelled unsubscribes from `source`
 *
 * @example The answer to one request
 * ```ts
 * import { of } from 'rxjs';
 * import { encodeDeltas, relayResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const deltas$ = of(...answer({ text: 'To be' })); // in a server: streamDeltas(openAiChat, { baseUrl, apiKey, body })
 * const response = relayResponse(deltas$, encodeDeltas());
 *
 * response.headers.get('content-type'); // => 'text/event-stream; charset=utf-8'
 * (await response.text()).endsWith('event: end\ndata: {"state":"complete"}\n\n'); // => true
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function relayResponse<T = Delta>(
  source: Observable<T>,
  encoder: Encoder<T>,
  options: OnceOptions = {},
): Response {
  return feedResponse(feedsOf(source, encoder, options)(), encoder, options);
}
