import type { Delta } from '../deltas/Delta.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { Encoder } from './Encoder.ts';
import { FrameFeed } from './FrameFeed.ts';
import type { NodeResponse } from './NodeResponse.ts';
import { pipeFeed } from './pipeFeed.ts';
import type { PipeEnd } from './ResponsePipe.ts';
import { clocksOf, type SinkOptions } from './SinkOptions.ts';

export type { NodeResponse } from './NodeResponse.ts';
export type { PipeEnd } from './ResponsePipe.ts';

/**
 * Sends an answer to a client as Server-Sent Events, from the place of `reader` on, as fast as the client reads: for Node's `http` and
 * `http2`, Express and Fastify (`reply.raw`).
 *
 * - **Shape:** resolves with how the response ended; never rejects. 204 where the answer has ended and the client has had all of it
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** a place for each client; one that lags gets joined pieces
 * - **Errors:** `InvalidOptionError` thrown at the call
 * - **Completes:** with the protocol's own terminal, whatever the outcome. Where the log cannot be read the connection is cut
 *   without one, so that the client resumes; `report` is told why
 * - **Unsubscribe:** a client that leaves closes the reader; the answer goes on
 *
 * @example A server of Node's sends an answer from its log
 * ```ts
 * import { once } from 'node:events';
 * import { createServer } from 'node:http';
 * import { of } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { encodeDeltas, pipeToResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * await log.start('answer-1', of(...answer({ text: 'To be' })));
 *
 * const ends: string[] = [];
 * const server = createServer(async (_request, response) => {
 *   ends.push(await pipeToResponse(await log.open('answer-1'), response, encodeDeltas()));
 * });
 * await once(server.listen(0, '127.0.0.1'), 'listening');
 * const { port } = server.address() as { port: number };
 * const text = await (await fetch(`http://127.0.0.1:${port}`)).text();
 * server.close();
 *
 * text.endsWith('event: end\ndata: {"state":"complete"}\nid: 1-8\n\n'); // => true
 * ends; // => ['ended']
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function pipeToResponse<T = Delta>(
  reader: LogReader<T>,
  response: NodeResponse,
  encoder: Encoder<T>,
  options: SinkOptions = {},
): Promise<PipeEnd> {
  clocksOf(options);
  return pipeFeed(new FrameFeed(reader, encoder, options), response, encoder, options);
}
