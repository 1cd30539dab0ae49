import { catchError, defer, type MonoTypeOperatorFunction, tap, throwError } from 'rxjs';
import { continueDeltas, type Delta, type Dialect, isStreamError, type StreamOptions } from 'rxllm';

/** Asks for the rest of an answer that broke off. */
export const resume =
  <Body>(dialect: Dialect<Body>, request: StreamOptions<Body>): MonoTypeOperatorFunction<Delta> =>
  (source) =>
    defer(() => {
      const soFar: Delta[] = [];
      return source.pipe(
        tap((delta) => soFar.push(delta)),
        catchError((error: unknown) => {
          if (!isStreamError(error) || !error.isRetryable) return throwError(() => error);
          // The pipeline's own clocks are in front of this.
          const timeouts = { firstTokenMs: 2_500, stalledMs: 1_500 };
          return continueDeltas(dialect, { ...request, timeouts }, soFar);
        }),
      );
    });
