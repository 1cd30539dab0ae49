import { from, type Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { checkOption } from '../internal/checkOption.ts';
import { checkSources } from './checkSources.ts';
import { firstToToken } from './firstToToken.ts';

export interface RaceFirstTokenOptions {
  /** Upper bound on what a source may send before its first token, in deltas; `Infinity` for none. @defaultValue 10_000 */
  readonly maxHeldDeltas?: number | undefined;
}

/**
 * Several requests for one answer: the first to give a token wins, and the others are let go.
 *
 * - **Shape:** a list of `Observable<Delta>` to `Observable<Delta>`; all of the winner's deltas, in order. A source that fails
 *   or ends before its first token drops out; an answer without a token wins only when every other source fails
 * - **Time:** all sources start on subscription. Text, reasoning, a refusal, a tool call and audio are tokens, `start` is none
 * - **Memory:** what a source sends before its first token, at most `maxHeldDeltas`
 * - **Errors:** the error of the last to fail, once all have; the winner's own. `LimitError` puts one source out. An
 *   empty list throws `InvalidOptionError` at the call
 * - **Completes:** with the winner
 * - **Unsubscribe:** leaves every source. Losers are left at the moment of the winner's first token, and so their sockets
 *   close; what they have written until then may still be billed
 *
 * ```marble
 * a       s-----t--t--e|     a is left at b's first token
 * b       -s--t----t-(e|)    s: start   t: text   e: end
 * c       --#
 * result  ----(st)-t-(e|)
 * subs a  ^---!
 * ```
 *
 * @example Two models, and the one that begins sooner
 * ```ts
 * import { concatMap, delay, from, lastValueFrom, of } from 'rxjs';
 * import { accumulateDelta, raceFirstToken } from 'rxllm';
 * import { answer } from 'rxllm/testing';
 *
 * const slow$ = from(answer({ text: 'late', model: 'large' })).pipe(concatMap((delta) => of(delta).pipe(delay(20))));
 * const fast$ = from(answer({ text: 'early', model: 'small' })).pipe(concatMap((delta) => of(delta).pipe(delay(1))));
 * const completion = await lastValueFrom(raceFirstToken([slow$, fast$]).pipe(accumulateDelta()));
 *
 * [completion.model, completion.text]; // => ['small', 'early']
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function raceFirstToken(
  sources: readonly Observable<Delta>[],
  { maxHeldDeltas = 10_000 }: RaceFirstTokenOptions = {},
): Observable<Delta> {
  const entrants = checkSources(sources);
  checkOption('bound', 'maxHeldDeltas', maxHeldDeltas);
  return firstToToken(from(entrants), { maxHeldDeltas });
}
