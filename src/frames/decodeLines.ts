import type { OperatorFunction } from 'rxjs';

import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import type { DecodeFramesOptions } from './decodeFrames.ts';
import type { Frame } from './Frame.ts';
import { LineReader } from './LineReader.ts';
import { SliceDecoder } from './SliceDecoder.ts';
import type { StreamSlice } from './StreamSlice.ts';

/**
 * Turns the bytes or text of NDJSON into frames, one for each line, wherever the network happened to cut them.
 *
 * - **Shape:** `Observable<StreamSlice>` (bytes or text, such as `from(response.body)`) to `Observable<Frame>`; 0..n
 *   frames per slice. A line is a message without `event` and `id`; one with nothing but white space is a heartbeat
 * - **Time:** none; emits synchronously inside the source's `next`
 * - **Memory:** one unfinished line, at most `maxFrameChars` UTF-16 code units and a CR
 * - **Errors:** `LimitError`, after the frames before it; `InvalidOptionError` thrown at the call
 * - **Completes:** with the source. The last line needs no line end, if it is a whole JSON object or array; one that
 *   was cut off is dropped, as in an event stream, so that a stream that breaks off is a `TruncatedError` further on
 *   and not a parser's complaint. The same before an error of the source
 * - **Unsubscribe:** releases the source; holds nothing else
 * - **Source:** ndjson.org: LF or CR LF end a line; a CR elsewhere is white space to JSON. A byte order mark at the start is
 *   dropped; bytes that are not UTF-8 become U+FFFD
 *
 * @example Two lines, the second without a line end
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeLines } from 'rxllm';
 *
 * let seen: unknown;
 * of('{"response":"Hi', '"}\r\n{"done":true}').pipe(decodeLines(), toArray()).subscribe((frames) => (seen = frames));
 *
 * seen;
 * // => [{ kind: 'message', event: undefined, data: '{"response":"Hi"}', id: undefined }, { kind: 'message', event: undefined, data: '{"done":true}', id: undefined }]
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export function decodeLines({ maxFrameChars = 8_388_608 }: DecodeFramesOptions = {}): OperatorFunction<
  StreamSlice,
  Frame
> {
  checkOption('bound', 'maxFrameChars', maxFrameChars);
  return operate((out) => {
    const decoder = new SliceDecoder();
    const reader = new LineReader(
      maxFrameChars,
      (frame) => {
        out.next(frame);
      },
      (error) => {
        out.error(error);
      },
    );
    const end = (): void => {
      reader.read(decoder.end());
      reader.end();
    };
    return {
      next(slice) {
        reader.read(decoder.read(slice));
      },
      complete() {
        end();
        out.complete();
      },
      error(error) {
        end();
        out.error(error);
      },
    };
  });
}
