import {
  concat,
  defer,
  EMPTY,
  filter,
  from,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  Subject,
  takeUntil,
  throwError,
} from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { LimitError } from '../errors/LimitError.ts';
import { operate } from '../internal/operate.ts';

/** What becomes of a stream that has given no token yet. */
interface Judge {
  readonly onToken: () => void;
  readonly onWhole: (held: readonly Delta[]) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Holds a stream's deltas back until its first token; one that ends before that gives nothing but word to the judge. */
const heldUntilToken = (maxHeldDeltas: number, judge: Judge): MonoTypeOperatorFunction<Delta> =>
  operate((out) => {
    let held: Delta[] | undefined = [];
    const dropOut = (error: unknown): void => {
      judge.onFailure(error);
      out.complete();
    };
    return {
      next(delta) {
        if (held === undefined) {
          out.next(delta);
          return;
        }
        held.push(delta);
        if (isToken(delta)) {
          const waiting = held;
          held = undefined;
          judge.onToken();
          for (const each of waiting) out.next(each);
        } else if (held.length > maxHeldDeltas) {
          dropOut(new LimitError('maxHeldDeltas', maxHeldDeltas));
        }
      },
      error(error) {
        if (held === undefined) out.error(error);
        else dropOut(error);
      },
      complete() {
        if (held !== undefined) judge.onWhole(held);
        out.complete();
      },
    };
  });

export interface FirstToTokenOptions {
  /** Upper bound on what one stream may hold back before its first token, in deltas. */
  readonly maxHeldDeltas: number;
  /** Called when a stream ends before its first token. */
  readonly onOut?: ((how: 'whole' | 'failed') => void) | undefined;
}

/**
 * Races streams to their first token. Each joins when it comes; once one has won, no other does.
 *
 * When none wins: the first empty answer, and without one the error of the last to fail.
 */
export const firstToToken = (
  entrants: Observable<Observable<Delta>>,
  { maxHeldDeltas, onOut }: FirstToTokenOptions,
): Observable<Delta> =>
  defer(() => {
    const won = new Subject<number>();
    let hasWinner = false;
    let whole: readonly Delta[] = [];
    let failure: { readonly error: unknown } | undefined;
    const judgeOf = (place: number): Judge => ({
      onToken: () => {
        hasWinner = true;
        won.next(place);
      },
      onWhole: (held) => {
        if (whole.length === 0) whole = held;
        onOut?.('whole');
      },
      onFailure: (error) => {
        failure = { error };
        onOut?.('failed');
      },
    });
    const joining = entrants.pipe(takeUntil(won));
    const racing = joining.pipe(
      mergeMap((entrant, place) =>
        entrant.pipe(
          heldUntilToken(maxHeldDeltas, judgeOf(place)),
          takeUntil(won.pipe(filter((winner) => winner !== place))),
        ),
      ),
    );
    const withoutWinner = defer(() => {
      if (hasWinner) return EMPTY;
      const { error } = failure ?? {};
      return whole.length === 0 && failure !== undefined ? throwError(() => error) : from(whole);
    });
    return concat(racing, withoutWinner);
  });
