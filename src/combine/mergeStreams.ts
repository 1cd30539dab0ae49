import { catchError, map, merge, type Observable, of } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';

/** A delta and whose it is, or the error with which a stream ended; `'delta' in value` tells which. */
export type KeyedDelta<Key extends string = string> =
  { readonly key: Key; readonly delta: Delta } | { readonly key: Key; readonly error: unknown };

/**
 * Several answers in one stream, each delta tagged with whose it is.
 *
 * - **Shape:** an object of `Observable<Delta>` to `Observable` of `{ key, delta }`, as they arrive. A stream that fails gives
 *   `{ key, error }` and the others go on
 * - **Errors:** none; all are values
 * - **Completes:** once every stream has ended, well or badly
 * - **Unsubscribe:** leaves every stream
 *
 * ```marble
 * a       s--t--t|    s: start   t: text
 * b       -s--#
 * result  ab-cx-c|    a: start of a   b: start of b   c: text of a   x: error of b
 * ```
 *
 * @example Two answers, one of which fails
 * ```ts
 * import { from, throwError } from 'rxjs';
 * import { type Delta, mergeStreams, TruncatedError } from 'rxllm';
 *
 * const piece: Delta = { type: 'text', choice: 0, part: 0, text: 'Hi' };
 * const seen: string[] = [];
 * mergeStreams({ good: from([piece]), bad: throwError(() => new TruncatedError()) }).subscribe((value) => {
 *   seen.push('delta' in value ? `${value.key} ${value.delta.type}` : `${value.key} failed`);
 * });
 *
 * seen; // => ['good text', 'bad failed']
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function mergeStreams<Key extends string>(
  streams: Readonly<Record<Key, Observable<Delta>>>,
): Observable<KeyedDelta<Key>> {
  const entries = Object.entries(streams) as [Key, Observable<Delta>][];
  return merge(
    ...entries.map(([key, stream]) =>
      stream.pipe(
        map((delta): KeyedDelta<Key> => ({ key, delta })),
        catchError((error: unknown) => of<KeyedDelta<Key>>({ key, error })),
      ),
    ),
  );
}
