import { type MonoTypeOperatorFunction, Observable, tap } from 'rxjs';
import { fromNdjson, fromSse, type StreamOptions } from 'rxllm';

import type { LiveDialect } from './LiveDialect.ts';
import type { LiveOperator } from './LiveOperator.ts';
import type { RunEvent } from './RunEvent.ts';

/** Runs a pipeline, and tells all that happens behind each of its stages. Leaving it leaves the pipeline. */
export const observeRun = (
  { dialect }: LiveDialect,
  request: StreamOptions<never>,
  operators: readonly LiveOperator[],
): Observable<RunEvent> =>
  new Observable((out) => {
    const beganMs = performance.now();
    const watch = (row: number): MonoTypeOperatorFunction<unknown> => {
      const tell = (type: RunEvent['type'], value?: unknown): void => {
        out.next({ row, atMs: performance.now() - beganMs, type, value });
      };
      return tap({
        subscribe: () => {
          tell('subscribe');
        },
        next: (value) => {
          tell('next', value);
        },
        error: (error: unknown) => {
          tell('error', error);
        },
        complete: () => {
          tell('complete');
        },
        unsubscribe: () => {
          tell('unsubscribe');
        },
      });
    };
    const from = dialect.framing === 'sse' ? fromSse : fromNdjson;
    const source: Observable<unknown> = from(dialect.request(request)).pipe(watch(0));
    const result = operators.reduce(
      // What fits was looked at before: types of operators that are chosen at run time are for nobody to know.
      (values, operator, at) => values.pipe(operator.apply(dialect, request) as never, watch(at + 1)),
      source,
    );
    const done = (): void => {
      out.complete();
    };
    return result.subscribe({ error: done, complete: done });
  });
