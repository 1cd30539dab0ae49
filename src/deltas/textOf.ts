import { filter, map, type OperatorFunction, pipe } from 'rxjs';

import type { Delta, TextDelta } from './Delta.ts';

/**
 * The pieces of an answer's text as plain strings, as they arrive.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<string>`; the text of one choice, 0 unless said otherwise
 * - **Errors:** pass through. A retry begins the text afresh, which plain strings cannot say: behind a retry use
 *   `accumulateDelta`
 *
 * @example Writing an answer out piece by piece
 * ```ts
 * import { from } from 'rxjs';
 * import { type Delta, textOf } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'reasoning', choice: 0, part: 0, text: 'Hm.' },
 *   { type: 'text', choice: 0, part: 1, text: 'Hel' },
 *   { type: 'text', choice: 0, part: 1, text: 'lo' },
 * ];
 * let written = '';
 * from(deltas).pipe(textOf()).subscribe((piece) => (written += piece));
 *
 * written; // => 'Hello'
 * ```
 *
 * @category deltas
 * @since 0.1.0
 */
export const textOf = (choice = 0): OperatorFunction<Delta, string> =>
  pipe(
    filter((delta): delta is TextDelta => delta.type === 'text' && delta.choice === choice),
    map(({ text }) => text),
  );
