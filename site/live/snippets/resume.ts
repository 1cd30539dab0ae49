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
          return continueDeltas(dialect, request, soFar);
        }),
      );
    });
