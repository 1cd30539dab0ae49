import type { Delta } from '../deltas/Delta.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { Encoder } from './Encoder.ts';
import { feedResponse } from './feedResponse.ts';
import { FrameFeed } from './FrameFeed.ts';
import { clocksOf, type SinkOptions } from './SinkOptions.ts';

/**
 * An answer as a `Response` of Server-Sent Events, from the place of `reader` on, pulled as fast as the client reads: for servers in
 * the style of `fetch` (Hono, Next, Bun, Deno, workers).
 *
 * - **Shape:** a `Response` at once; 204 where the answer has ended and the client has had all of it
 * - **Time:** a comment after `heartbeatMs` of silence; a client that reads nothing for `stallMs` is dropped
 * - **Memory:** a place for each client; one that lags gets joined pieces
 * - **Errors:** `InvalidOptionError` thrown at the call
 * - **Completes:** with the protocol's own terminal, whatever the outcome. Where the log cannot be read the body errors, so that
 *   the client resumes; `report` is told why
 * - **Unsubscribe:** a body that is cancelled closes the reader; the answer goes on
 *
 * @example The frame behind which a client was cut off names the place where the next response begins
 * ```ts
 * import { of } from 'rxjs';
 * import { type Cursor, memoryLog } from 'rxllm/log';
 * import { encodeDeltas, toResponse } from 'rxllm/server';
 * import { answer } from 'rxllm/testing';
 *
 * const log = memoryLog();
 * const { ended } = await log.start('answer-1', of(...answer({ text: 'To be' })));
 * await ended;
 * const whole = await toResponse(await log.open('answer-1'), encodeDeltas()).text();
 * const frames = whole.split('\n\n').filter((frame) => frame.includes('data: '));
 * const places = frames.map((frame) => /^id: (.*)$/m.exec(frame)?.[1] as Cursor);
 *
 * const rest = await toResponse(await log.open('answer-1', places[1]), encodeDeltas()).text();
 * rest.includes(frames.slice(2).join('\n\n')); // => true
 * toResponse(await log.open('answer-1', places.at(-1)), encodeDeltas()).status; // => 204
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export function toResponse<T = Delta>(reader: LogReader<T>, encoder: Encoder<T>, options: SinkOptions = {}): Response {
  clocksOf(options);
  return feedResponse(new FrameFeed(reader, encoder, options), encoder, options);
}
