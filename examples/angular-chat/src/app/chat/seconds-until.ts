import { type Signal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { map, of, switchMap, takeWhile, timer } from 'rxjs';

/** Counts down to a time, in whole seconds; `undefined` where there is none. */
export function secondsUntil(atMs: Signal<number | undefined>): Signal<number | undefined> {
  const seconds$ = toObservable(atMs).pipe(
    switchMap((at) =>
      at === undefined
        ? of(undefined)
        : timer(0, 250).pipe(
            map(() => Math.ceil((at - Date.now()) / 1_000)),
            takeWhile((seconds) => seconds > 0),
          ),
    ),
  );
  return toSignal(seconds$);
}
