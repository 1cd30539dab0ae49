import { identity, type MonoTypeOperatorFunction } from 'rxjs';

import { FinishCount } from '../chunks/FinishCount.ts';
import type { Delta } from '../deltas/Delta.ts';
import { StreamTimeoutError } from '../errors/StreamTimeoutError.ts';
import { after } from '../internal/after.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';

/** Ends a stream once the time for all of it is up: with an error, or in good order if the answer is whole by then. */
export const within = (totalMs: number, expectedChoices: number): MonoTypeOperatorFunction<Delta> => {
  checkOption('limitMs', 'totalMs', totalMs);
  if (totalMs === Infinity) return identity;
  return operate((out) => {
    let count = new FinishCount();
    out.add(
      after(totalMs, () => {
        if (!count.isWhole(expectedChoices)) {
          out.error(new StreamTimeoutError('total', totalMs));
          return;
        }
        out.next({ type: 'end' });
        out.complete();
      }),
    );
    return {
      next(delta) {
        if (delta.type === 'start') count = new FinishCount();
        count.note(delta);
        out.next(delta);
      },
    };
  });
};
