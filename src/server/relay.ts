import type { Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { Encoder } from './Encoder.ts';
import type { NodeResponse } from './NodeResponse.ts';
import { feedsOf, type OnceOptions } from './OnceOptions.ts';
import { pipeFeed } from './pipeFeed.ts';
import type { PipeEnd } from './ResponsePipe.ts';

/**
 * Sends a stream to one client as Server-Sent Events, for Node's `http` and `http2`, Express and Fastify (`reply.raw`): the answer
 * belongs to the request, ends with it, and cannot be resumed. For one that outlives the request there is `resumable`.
 *
 * - **Shape:** a handler; each request subscribes to `source`. Resolves with how the response ended; never rejects. Frames carry no
 *   `id`: there is nothing to come back to
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** what the client has not read yet, at most `maxBytes`
 * - **Errors:** `InvalidOptionError` thrown at the call
 * - **Completes:** with the protocol's own terminal, whatever the outcome; an error of `source` is told without addresses or keys
 * - **Unsubscribe:** a client that leaves unsubscribes from `source`
 *
 * @example A handler for one stream
 * ```ts
 * import { once } from 'node:events';
 * import { createServer } from 'node:http';
 * import { of } from 'rxjs';
 * import { encodeDeltas, relay } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const deltas$ = of(...answer({ text: 'To be' })); // in a server: streamDeltas(openAiChat, { baseUrl, apiKey, body })
 * const server = createServer(relay(deltas$, encodeDeltas()));
 * await once(server.listen(0, '127.0.0.1'), 'listening');
 * const { port } = server.address() as { port: number };
 * const text = await (await fetch(`http://127.0.0.1:${port}`)).text();
 * server.close();
 *
 * text.endsWith('event: end\ndata: {"state":"complete"}\n\n'); // => true
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function relay<T = Delta>(
  source: Observable<T>,
  encoder: Encoder<T>,
  options: OnceOptions = {},
): (request: unknown, response: NodeResponse) => Promise<PipeEnd> {
  const feed = feedsOf(source, encoder, options);
  return (_request, response) => pipeFeed(feed(), response, encoder, options);
}
