import {
  defer,
  interval,
  isObservable,
  map,
  merge,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
} from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { firstToToken } from './firstToToken.ts';
import type { RaceFirstTokenOptions } from './raceFirstToken.ts';

export interface HedgeOptions extends RaceFirstTokenOptions {
  /** What joins, such as the request to another provider. @defaultValue the same request, once more */
  readonly to?: Observable<Delta> | undefined;
  /** How long to wait for a first token before the next attempt joins, in milliseconds. */
  readonly afterMs: number;
  /** Attempts in all, the first included; 1 turns hedging off. @defaultValue 2 */
  readonly max?: number | undefined;
}

/**
 * Sends the request once more, or another one (`to`), when its answer is slow to begin, and takes whichever begins first.
 *
 * - **Shape:** a cold `Observable<Delta>` to `Observable<Delta>`; all deltas of the attempt that won
 * - **Time:** the next attempt joins `afterMs` after the last one, as long as there is no token; at once when an attempt
 *   fails before its first token. An empty answer starts no further attempt, and wins when those under way fail
 * - **Memory:** what an attempt sends before its first token, at most `maxHeldDeltas`
 * - **Errors:** the error of the last attempt to fail, once all `max` have; after the first token the winner's own
 * - **Completes:** with the winner
 * - **Unsubscribe:** leaves all attempts and stops the clock. Losers are left at the winner's first token; what they
 *   have written until then may still be billed
 *
 * ```marble
 * attempt 1  s--------t         s: start   t: text   e: end   afterMs: 4
 * attempt 2      s--t---(e|)
 * result     -------(st)(e|)    attempt 1 is left at the first token of attempt 2
 * subs 1     ^------!
 * ```
 *
 * @example A server that is stuck with the first request
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, hedge, streamDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({
 *   replies: [{ headMs: 5_000 }, { deltas: answer({ text: 'Here I am' }) }],
 * });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } };
 * const completion$ = streamDeltas(openAiChat, request).pipe(hedge({ afterMs: 10 }), accumulateDelta());
 *
 * (await lastValueFrom(completion$)).text; // => 'Here I am'
 * requests.length; // => 2
 * ```
 *
 * @example Another provider joins
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, hedge, streamDeltas } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const slow = fakeProvider({ replies: [{ headMs: 5_000 }] });
 * const quick = fakeProvider({ replies: [{ deltas: answer({ text: 'Here I am' }) }] });
 * const one$ = streamDeltas(openAiChat, {
 *   baseUrl: 'http://one.test/v1',
 *   fetch: slow.fetch,
 *   body: { model: 'm', messages: [] },
 * });
 * const other$ = streamDeltas(anthropicMessages, {
 *   baseUrl: 'http://other.test',
 *   fetch: quick.fetch,
 *   body: { model: 'm', max_tokens: 100, messages: [] },
 * });
 *
 * (await lastValueFrom(one$.pipe(hedge({ afterMs: 10, to: other$ }), accumulateDelta()))).text; // => 'Here I am'
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function hedge({ afterMs, to, max = 2, maxHeldDeltas = 10_000 }: HedgeOptions): MonoTypeOperatorFunction<Delta> {
  checkOption('delayMs', 'afterMs', afterMs);
  checkOption('bound', 'max', max);
  if (max === Infinity) throw new InvalidOptionError('max', 'must be finite: every attempt is paid for');
  checkOption('bound', 'maxHeldDeltas', maxHeldDeltas);
  if (to !== undefined && !isObservable(to)) throw new InvalidOptionError('to', 'must be an Observable');
  return (source) =>
    defer(() => {
      const failed = new Subject<void>();
      const answered = new Subject<void>();
      // `merge`, not `startWith`: the first attempt may fail while it is being subscribed to.
      const starts = merge(failed, of(undefined)).pipe(
        switchMap(() => interval(afterMs).pipe(startWith(undefined))),
        take(max),
        takeUntil(answered),
      );
      return firstToToken(starts.pipe(map((_, attempt) => (attempt === 0 ? source : (to ?? source)))), {
        maxHeldDeltas,
        onOut: (how) => {
          (how === 'failed' ? failed : answered).next();
        },
      });
    });
}
