import type { MonoTypeOperatorFunction } from 'rxjs';

import type { Dialect } from '../dialects/Dialect.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { Frame } from '../frames/Frame.ts';
import { operate } from '../internal/operate.ts';

/**
 * Completes at the marker that closes a stream (`data: [DONE]`, `message_stop`), and leaves the source.
 *
 * - **Shape:** `Observable<Frame>` to `Observable<Frame>`; a marker without content is dropped
 * - **Errors:** pass through; for a dialect with `terminal: 'marker'`, a source that completes without one is a
 *   `TruncatedError`
 * - **Completes:** at the marker, at once; or with the source. Whether the answer is whole is for `toDeltas` to say
 * - **Unsubscribe:** the source is left at the marker, so its socket closes without waiting for the server
 *
 * ```marble
 * frames  -d-d-D-d-    D: [DONE]   d: data
 * result  -d-d-|
 * subs    ^----!
 * ```
 *
 * @example What comes after the marker is not read
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeFrames, takeUntilDone } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * let count = 0;
 * of('data: {}\n\ndata: [DONE]\n\ndata: {}\n\n')
 *   .pipe(decodeFrames(), takeUntilDone(openAiChat), toArray())
 *   .subscribe((frames) => (count = frames.length));
 *
 * count; // => 1
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export const takeUntilDone = (dialect: Pick<Dialect, 'ending' | 'terminal'>): MonoTypeOperatorFunction<Frame> =>
  operate((out) => ({
    next(frame) {
      const ending = dialect.ending(frame);
      if (ending !== 'drop') out.next(frame);
      if (ending !== 'none') out.complete();
    },
    complete() {
      if (dialect.terminal === 'marker') out.error(new TruncatedError({ missing: 'marker' }));
      else out.complete();
    },
  }));
