import type { OperatorFunction } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { TaggedError } from '../errors/TaggedError.ts';
import { operate } from '../internal/operate.ts';
import { type AnswerLimits, answerLimiter } from './answerLimiter.ts';
import type { Completion } from './Completion.ts';
import { reduceDelta } from './reduceDelta.ts';
import { cutToolCallsShort } from './settleToolCalls.ts';

export type AccumulateDeltaOptions = AnswerLimits;

/**
 * The answer so far, after every delta.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Completion>`, one for one; a `start` begins the answer afresh
 * - **Time:** constant per delta, however long the answer is; emits synchronously
 * - **Memory:** one answer, at most `maxAnswerChars` UTF-16 code units
 * - **Errors:** `LimitError`; an error of the stream passes on as a copy whose `partial` is the last completion, its
 *   unfinished tool calls `cut-short`; other errors pass untouched
 * - **Completes:** with the source; the last completion has `ended: true` if its last delta was `end`
 *
 * ```marble
 * deltas       s--t--t--f--e|    s: start   t: text   f: finish   e: end
 * completions  0--1--2--3--4|    4 has ended: true
 * ```
 *
 * @example Text grows, delta by delta
 * ```ts
 * import { from, map, toArray } from 'rxjs';
 * import { accumulateDelta, type Delta } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 },
 *   { type: 'text', choice: 0, part: 0, text: 'Hel' },
 *   { type: 'text', choice: 0, part: 0, text: 'lo' },
 * ];
 * let seen: string[] = [];
 * from(deltas).pipe(accumulateDelta(), map(({ text }) => text), toArray()).subscribe((texts) => (seen = texts));
 *
 * seen; // => ['', 'Hel', 'Hello']
 * ```
 *
 * @category completions
 * @since 0.1.0
 */
export function accumulateDelta(limits: AccumulateDeltaOptions = {}): OperatorFunction<Delta, Completion> {
  answerLimiter(limits);
  return operate((out) => {
    const checkLimits = answerLimiter(limits);
    let last: Completion | undefined;
    const fail = (error: unknown): void => {
      out.error(error instanceof TaggedError && last ? error.withPartial(cutToolCallsShort(last)) : error);
    };
    return {
      next(delta) {
        try {
          checkLimits(delta);
          last = reduceDelta(last, delta);
        } catch (error) {
          fail(error);
          return;
        }
        out.next(last);
      },
      error: fail,
    };
  });
}
