import { concat, defer, EMPTY, type MonoTypeOperatorFunction, type Observable, of, take, takeUntil, tap } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import { cutToolCallsShort } from '../completions/settleToolCalls.ts';

/**
 * Ends an answer in good order when a user stops it: a stopped answer is no error.
 *
 * - **Shape:** `Observable<Completion>` to `Observable<Completion>`; when `stop$` emits, the last completion once more, with
 *   its unfinished tool calls `cut-short`. It has `ended: false`, by which a stopped answer is told from a whole one
 * - **Errors:** those of the source and of `stop$`
 * - **Completes:** with the source, or when `stop$` emits. That `stop$` completes means nothing
 * - **Unsubscribe:** stopping leaves the source, and so closes the socket
 *
 * ```marble
 * completions  a--b---c--d
 * stop$        -----x
 * result       a--b-(b|)      b once more: ended is false
 * ```
 *
 * @example A stop button
 * ```ts
 * import { NEVER, of, Subject, concat } from 'rxjs';
 * import { reduceDelta, stoppedBy } from 'rxllm';
 *
 * const stop$ = new Subject<void>();
 * const completion = reduceDelta(undefined, { type: 'text', choice: 0, part: 0, text: 'To be' });
 * const seen: string[] = [];
 * concat(of(completion), NEVER)
 *   .pipe(stoppedBy(stop$))
 *   .subscribe({ next: ({ text, ended }) => seen.push(`${text} ${ended}`), complete: () => seen.push('complete') });
 * stop$.next();
 *
 * seen; // => ['To be false', 'To be false', 'complete']
 * ```
 *
 * @category resilience
 * @since 0.1.0
 */
export function stoppedBy(stop$: Observable<unknown>): MonoTypeOperatorFunction<Completion> {
  return (source) =>
    defer(() => {
      let last: Completion | undefined;
      let isStopped = false;
      const stopped = stop$.pipe(
        take(1),
        tap(() => (isStopped = true)),
      );
      return concat(
        source.pipe(
          tap((completion) => (last = completion)),
          takeUntil(stopped),
        ),
        defer(() => (isStopped && last !== undefined ? of(cutToolCallsShort(last)) : EMPTY)),
      );
    });
}
