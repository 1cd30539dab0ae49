import type { MonoTypeOperatorFunction } from 'rxjs';

import { FinishCount } from '../chunks/FinishCount.ts';
import type { ToDeltasOptions } from '../chunks/toDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { StreamTimeoutError } from '../errors/StreamTimeoutError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { SilenceClock } from '../internal/SilenceClock.ts';

export interface TimeoutsOptions extends ToDeltasOptions {
  /**
   * From subscription to the first token, reasoning included, in milliseconds; `Infinity` for no limit.
   * Long, since models that hide their reasoning are silent while they think. @defaultValue 300_000
   */
  readonly firstTokenMs?: number | undefined;
  /**
   * Between two deltas once the answer has begun, in milliseconds; `Infinity` for no limit. Heartbeats are
   * no deltas, so a server that only sends pings runs into this. @defaultValue 300_000
   */
  readonly stalledMs?: number | undefined;
}

/**
 * Ends an answer that does not begin, or does not go on, although the connection may be alive.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Delta>`
 * - **Time:** `firstTokenMs` from subscription, `stalledMs` from each delta on. One timer, whatever comes
 * - **Errors:** `StreamTimeoutError` with phase `first-token` or `stalled`
 * - **Completes:** with the source; in silence after the stop reason of every choice, after `end`: the answer is whole
 * - **Unsubscribe:** stops the clock
 *
 * ```marble
 * deltas  s--t--t----    s: start   t: text
 * result  s--t--t---#    stalledMs: 4
 * ```
 *
 * @example A server that begins and then only keeps the connection alive
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamDeltas, timeouts } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const fault = { kind: 'heartbeats', afterBytes: 500, everyMs: 2 } as const;
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'To be or not to be' }), fault }] });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } };
 * const deltas$ = streamDeltas(openAiChat, request).pipe(timeouts({ stalledMs: 20 }));
 * const error = await lastValueFrom(deltas$).catch((reason: unknown) => reason as { phase: string });
 *
 * 'phase' in error && error.phase; // => 'stalled'
 * ```
 *
 * @category resilience
 * @since 0.1.0
 */
export function timeouts({
  firstTokenMs = 300_000,
  stalledMs = 300_000,
  expectedChoices = 1,
}: TimeoutsOptions = {}): MonoTypeOperatorFunction<Delta> {
  checkOption('limitMs', 'firstTokenMs', firstTokenMs);
  checkOption('limitMs', 'stalledMs', stalledMs);
  checkOption('bound', 'expectedChoices', expectedChoices);
  return operate((out) => {
    const count = new FinishCount();
    const clock = new SilenceClock({ firstMs: firstTokenMs, eachMs: stalledMs }, (hasBegun) => {
      if (count.isWhole(expectedChoices)) {
        out.next({ type: 'end' });
        out.complete();
      } else if (hasBegun) out.error(new StreamTimeoutError('stalled', stalledMs));
      else out.error(new StreamTimeoutError('first-token', firstTokenMs));
    });
    out.add(clock);
    return {
      next(delta) {
        if (clock.hasBegun || isToken(delta) || delta.type === 'finish') clock.note();
        count.note(delta);
        out.next(delta);
      },
    };
  });
}
