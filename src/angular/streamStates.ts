import {
  catchError,
  concat,
  defer,
  map,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  takeUntil,
  tap,
} from 'rxjs';

import type { StreamState } from './StreamState.ts';

/**
 * A stream as its states, from `connecting` on: it never errors, and has a state before anything came of it. When `stopped`
 * emits, the source is left; what had come of it by then is shown.
 */
export const streamStates = <T>(
  source: Observable<T>,
  paint: MonoTypeOperatorFunction<T>,
  stopped: Observable<unknown>,
): Observable<StreamState<T>> =>
  defer(() => {
    let value: T | undefined;
    let ending: StreamState<T>['status'] = 'done';
    const stop = stopped.pipe(tap(() => (ending = 'stopped')));
    return concat(
      of<StreamState<T>>({ value, status: 'connecting', error: undefined }),
      source.pipe(
        // eslint-disable-next-line rxjs-x/no-unsafe-takeuntil -- what waits to be painted is shown before the end
        takeUntil(stop),
        paint,
        map((latest): StreamState<T> => ({ value: (value = latest), status: 'streaming', error: undefined })),
      ),
      defer(() => of<StreamState<T>>({ value, status: ending, error: undefined })),
    ).pipe(catchError((error: unknown) => of<StreamState<T>>({ value, status: 'error', error })));
  });
