import type { MonoTypeOperatorFunction } from 'rxjs';

import { type PaintOptions, perPaint } from './perPaint.ts';

export type BufferForUiOptions = PaintOptions;

/**
 * The latest value for each paint: as many updates as an eye can see, and no more.
 *
 * Meant for snapshots, such as completions, of which each says all that the ones before it said; deltas need `batchDeltas`.
 *
 * - **Shape:** `Observable<T>` to `Observable<T>`; of all the values between two paints, the last
 * - **Time:** the next frame; where none comes (a hidden tab) after `maxWaitMs`, or when a value arrives by then; where there
 *   are none at all (a server, a worker) about every 16 ms. While nothing waits there is no timer
 * - **Memory:** one value
 * - **Errors:** pass through, after the value that waits
 * - **Completes:** with the source at once, after the value that waits
 * - **Unsubscribe:** stops the frame and the timer
 *
 * ```marble
 * snapshots  -abc--d----e|
 * frames     -----x----x---
 * result     -----c----d-(e|)
 * ```
 *
 * @example A list that is rendered once for a burst
 * ```ts
 * import { concat, lastValueFrom, of, timer, toArray } from 'rxjs';
 * import { bufferForUi } from 'rxllm';
 *
 * const snapshots$ = concat(of('H', 'He', 'Hel'), timer(200), of('Hello'));
 *
 * await lastValueFrom(snapshots$.pipe(bufferForUi(), toArray())); // => ['Hel', 'Hello']
 * ```
 *
 * @category ui
 * @since 0.1.0
 */
export const bufferForUi = <T>(options: BufferForUiOptions = {}): MonoTypeOperatorFunction<T> =>
  perPaint<T, T>(options, () => {
    let latest: T | undefined;
    return {
      add(value) {
        latest = value;
        return false;
      },
      take() {
        const value = latest as T;
        latest = undefined;
        return value;
      },
    };
  });
