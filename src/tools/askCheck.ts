import { from, isObservable, map, mergeMap, type Observable, of, take, throwIfEmpty } from 'rxjs';

import type { ModerationCheck, ModerationVerdict, ModerationWindow } from './ModerationCheck.ts';
import { readVerdict, type Violation } from './readVerdict.ts';

const isLater = (verdict: unknown): verdict is PromiseLike<ModerationVerdict> | Observable<ModerationVerdict> =>
  isObservable(verdict) ||
  (typeof verdict === 'object' && verdict !== null && 'then' in verdict && typeof verdict.then === 'function');

/**
 * Asks a check once, and gives the first answer only: `undefined`, or what it found. Whatever else happens is an error.
 *
 * Where the check makes its own consumer leave, `map` has nobody to pass its answer to, and it is never subscribed to.
 */
export const askCheck = (check: ModerationCheck, window: ModerationWindow): Observable<Violation | undefined> =>
  of(window).pipe(
    map((asked) => check(asked)),
    mergeMap((verdict) => (isLater(verdict) ? from(verdict) : of(verdict))),
    take(1),
    throwIfEmpty(() => new TypeError('moderate: the Observable that the check gave completed without an answer')),
    map((verdict) => readVerdict(verdict, window)),
  );
