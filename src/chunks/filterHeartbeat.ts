import { filter, type MonoTypeOperatorFunction } from 'rxjs';

import type { Dialect } from '../dialects/Dialect.ts';
import type { Frame } from '../frames/Frame.ts';

/**
 * Drops what a server sends only to keep the connection alive: comments, pings, empty data.
 *
 * - **Shape:** `Observable<Frame>` to `Observable<Frame>`
 * - **Errors:** pass through
 *
 * ```marble
 * frames  c-d-p-d|    c: comment   p: ping   d: data
 * result  --d---d|
 * ```
 *
 * @example A comment is not part of the answer
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeFrames, filterHeartbeat } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * let count = 0;
 * of(': keep-alive\n\ndata: {}\n\n').pipe(decodeFrames(), filterHeartbeat(openAiChat), toArray()).subscribe((frames) => {
 *   count = frames.length;
 * });
 *
 * count; // => 1
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export const filterHeartbeat = (dialect: Pick<Dialect, 'isHeartbeat'>): MonoTypeOperatorFunction<Frame> =>
  filter((frame) => !dialect.isHeartbeat(frame));
