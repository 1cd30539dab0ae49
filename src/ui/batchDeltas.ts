import type { OperatorFunction } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { WaitingValues } from '../deltas/WaitingValues.ts';
import { checkOption } from '../internal/checkOption.ts';
import { type PaintOptions, perPaint } from './perPaint.ts';

export interface BatchDeltasOptions extends PaintOptions {
  /** A batch leaves at once when it has as many deltas; `Infinity` for no bound. @defaultValue 1_000 */
  readonly maxItems?: number | undefined;
}

/**
 * The deltas of each paint as one array, pieces of the same text joined: for consumers that cannot wait for whole
 * snapshots, such as a worker that posts to its page.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<readonly Delta[]>`, never empty. Flattened, they make the same completion
 * - **Time:** that of `bufferForUi`
 * - **Memory:** one batch, at most `maxItems` deltas
 * - **Errors:** pass through, after the batch that waits
 * - **Completes:** with the source at once, after the batch that waits
 * - **Unsubscribe:** stops the frame and the timer
 *
 * ```marble
 * deltas   -ab---c----e|       a: 'Hel'   b: 'lo'   c: ' you'   e: '.'
 * frames   -----x----x---
 * batches  -----x----y-(z|)    x: 'Hello'   y: ' you'   z: '.'
 * ```
 *
 * @example A burst is one batch
 * ```ts
 * import { firstValueFrom, from } from 'rxjs';
 * import { batchDeltas, type Delta } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'text', choice: 0, part: 0, text: 'Hel' },
 *   { type: 'text', choice: 0, part: 0, text: 'lo' },
 *   { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' },
 * ];
 *
 * await firstValueFrom(from(deltas).pipe(batchDeltas()));
 * // => [{ type: 'text', choice: 0, part: 0, text: 'Hello' }, { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' }]
 * ```
 *
 * @category ui
 * @since 0.1.0
 */
export const batchDeltas = ({ maxItems = 1_000, ...options }: BatchDeltasOptions = {}): OperatorFunction<
  Delta,
  readonly Delta[]
> => {
  checkOption('bound', 'maxItems', maxItems);
  return perPaint<Delta, readonly Delta[]>(options, () => {
    const waiting = new WaitingValues<Delta>({ maxQueued: Infinity, maxQueuedChars: Infinity });
    return {
      add(delta) {
        waiting.add(delta);
        return waiting.length >= maxItems;
      },
      take: () => waiting.takeAll(),
    };
  });
};
