import { type MonoTypeOperatorFunction, Observable, takeUntil } from 'rxjs';

import { AbortedError } from '../errors/AbortedError.ts';

/** Ends a stream with an `AbortedError` when the signal aborts, also before it has begun. */
export const abortedBy = <T>(signal: AbortSignal | undefined): MonoTypeOperatorFunction<T> => {
  if (signal === undefined) return (source) => source;
  const aborted = new Observable<never>((out) => {
    const abort = (): void => {
      out.error(new AbortedError({ cause: signal.reason }));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => {
      signal.removeEventListener('abort', abort);
    };
  });
  return takeUntil(aborted);
};
