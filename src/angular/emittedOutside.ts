import type { NgZone } from '@angular/core';
import { type MonoTypeOperatorFunction, Observable } from 'rxjs';

/** Tells of what comes outside of Angular's zone, wherever it comes from: a dialog, say, tells of its end inside. */
export const emittedOutside =
  <T>(zone: NgZone): MonoTypeOperatorFunction<T> =>
  (source) =>
    new Observable((out) =>
      source.subscribe({
        next: (value) => {
          zone.runOutsideAngular(() => {
            out.next(value);
          });
        },
        error: (error: unknown) => {
          zone.runOutsideAngular(() => {
            out.error(error);
          });
        },
        complete: () => {
          zone.runOutsideAngular(() => {
            out.complete();
          });
        },
      }),
    );
