import { groupBy, type GroupedObservable, type OperatorFunction, pipe } from 'rxjs';

import type { Delta, StartDelta } from '../deltas/Delta.ts';
import { mergeUsage, type Usage } from '../deltas/Usage.ts';
import { LimitError } from '../errors/LimitError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { HeldSubject } from './HeldSubject.ts';

export interface SplitChoicesOptions {
  /** Upper bound on choices; `Infinity` for none. @defaultValue 1_000 */
  readonly maxChoices?: number | undefined;
  /** Upper bound on what one choice keeps for its first subscriber, in deltas; `Infinity` for none. @defaultValue 10_000 */
  readonly maxQueued?: number | undefined;
  /** The same in UTF-16 code units of text; `Infinity` for none. @defaultValue 67_108_864 */
  readonly maxQueuedChars?: number | undefined;
}

interface Addressed {
  readonly choice: number;
  readonly delta: Delta;
}

/** Each delta, once for every choice that it concerns. A choice that appears late is opened as the others were. */
const addressed = (maxChoices: number): OperatorFunction<Delta, Addressed> =>
  operate((out) => {
    const known = new Set<number>();
    let start: StartDelta | undefined;
    let usage: Usage | undefined;

    const open = (choice: number): void => {
      if (known.size >= maxChoices) throw new LimitError('maxChoices', maxChoices);
      known.add(choice);
      if (start !== undefined) out.next({ choice, delta: start });
      if (usage !== undefined) out.next({ choice, delta: { type: 'usage', usage } });
    };

    return {
      next(delta) {
        if ('choice' in delta) {
          const { choice } = delta;
          if (!known.has(choice)) open(choice);
          out.next({ choice, delta: { ...delta, choice: 0 } });
          return;
        }
        for (const choice of [...known]) out.next({ choice, delta });
        if (delta.type === 'usage') usage = mergeUsage(usage, delta.usage);
        if (delta.type !== 'start') return;
        start = delta;
        usage = undefined;
        if (known.size === 0) open(0);
      },
    };
  });

/**
 * A stream for each of the answers that a request with `n` above 1 asks for.
 *
 * - **Shape:** `Observable<Delta>` to an Observable of streams, each with the choice's number as its `key`. Choice 0 is there from
 *   `start` on, others from their first delta. Each is a whole delta stream: `start`, its own deltas as choice 0, what
 *   concerns the whole answer (`usage`, `retry`, `other`), `end`. After a retry the same streams go on with a `start`
 * - **Memory:** what comes before a stream's first subscriber is kept for it, adjacent pieces joined, at most `maxQueued`
 *   deltas and `maxQueuedChars` of text. Later subscribers join in the middle
 * - **Errors:** an error of the source reaches every choice. `LimitError`: more than `maxChoices` end them all; too much kept
 *   for one that nobody reads ends that one. `usage` counts all choices together, in each
 * - **Completes:** every stream with the source
 * - **Unsubscribe:** the source is left once this and all the choices are
 *
 * @example Two answers to choose from
 * ```ts
 * import { from, lastValueFrom, map, mergeMap, toArray } from 'rxjs';
 * import { accumulateDelta, type Delta, lastCompletion, splitChoices } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 },
 *   { type: 'text', choice: 0, part: 0, text: 'heads' },
 *   { type: 'text', choice: 1, part: 0, text: 'tails' },
 *   { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' },
 *   { type: 'finish', choice: 1, reason: 'stop', raw: 'stop' },
 *   { type: 'end' },
 * ];
 * const answers$ = from(deltas).pipe(
 *   splitChoices(),
 *   mergeMap((choice$) => choice$.pipe(accumulateDelta(), lastCompletion(), map(({ text }) => [choice$.key, text]))),
 *   toArray(),
 * );
 *
 * await lastValueFrom(answers$); // => [[0, 'heads'], [1, 'tails']]
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function splitChoices({
  maxChoices = 1_000,
  maxQueued = 10_000,
  maxQueuedChars = 67_108_864,
}: SplitChoicesOptions = {}): OperatorFunction<Delta, GroupedObservable<number, Delta>> {
  checkOption('bound', 'maxChoices', maxChoices);
  checkOption('bound', 'maxQueued', maxQueued);
  checkOption('bound', 'maxQueuedChars', maxQueuedChars);
  return pipe(
    addressed(maxChoices),
    groupBy(({ choice }) => choice, {
      element: ({ delta }) => delta,
      // Typed for what comes in, though `element` decides what goes there.
      connector: () => new HeldSubject<Delta>({ maxQueued, maxQueuedChars }),
    }),
  );
}
