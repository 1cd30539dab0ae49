import type { OperatorFunction } from 'rxjs';

import { operate } from '../internal/operate.ts';
import { checkOption } from '../internal/checkOption.ts';
import type { Frame } from './Frame.ts';
import { FrameReader } from './FrameReader.ts';
import { SliceDecoder } from './SliceDecoder.ts';
import type { StreamSlice } from './StreamSlice.ts';

export interface DecodeFramesOptions {
  /** Upper bound on one frame, in UTF-16 code units; `Infinity` for none. @defaultValue 8_388_608 */
  readonly maxFrameChars?: number | undefined;
}

/**
 * Turns the bytes or text of an event stream into frames, wherever the network happened to cut them.
 *
 * - **Shape:** `Observable<StreamSlice>` (bytes or text, such as `from(response.body)`) to `Observable<Frame>`; 0..n frames per slice
 * - **Time:** none; emits synchronously inside the source's `next`
 * - **Memory:** one unfinished frame, at most twice `maxFrameChars` UTF-16 code units
 * - **Errors:** `LimitError`, after the frames before it; `InvalidOptionError` thrown at the call
 * - **Completes:** with the source; an unterminated last frame is dropped, as the standard requires
 * - **Unsubscribe:** releases the source; holds nothing else
 * - **Source:** HTML standard, section 9.2.6 "Interpreting an event stream". Bytes that are not UTF-8 become U+FFFD
 *
 * @example A frame cut in the middle of a character still comes out whole
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeFrames } from 'rxllm';
 *
 * let seen: unknown;
 * const bytes = new TextEncoder().encode('data: é\n\n');
 * of(bytes.slice(0, 7), bytes.slice(7)).pipe(decodeFrames(), toArray()).subscribe((frames) => (seen = frames));
 *
 * seen; // => [{ kind: 'message', event: undefined, data: 'é', id: undefined }]
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export function decodeFrames({ maxFrameChars = 8_388_608 }: DecodeFramesOptions = {}): OperatorFunction<
  StreamSlice,
  Frame
> {
  checkOption('bound', 'maxFrameChars', maxFrameChars);
  return operate((out) => {
    const decoder = new SliceDecoder();
    const reader = new FrameReader(
      maxFrameChars,
      (frame) => {
        out.next(frame);
      },
      (error) => {
        out.error(error);
      },
    );
    return {
      next(slice) {
        reader.read(decoder.read(slice));
      },
      complete() {
        reader.read(decoder.end());
        reader.end();
        out.complete();
      },
    };
  });
}
