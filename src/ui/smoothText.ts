import { asyncScheduler, merge, type MonoTypeOperatorFunction, Subscription, take, timer } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { inOrder } from './inOrder.ts';
import { nextPaint } from './nextPaint.ts';
import { isPageHidden, pageHides } from './pageHides.ts';
import { RevealQueue } from './RevealQueue.ts';
import type { RevealUnit } from './unitEnds.ts';

export interface SmoothTextOptions {
  /**
   * What is shown at a time: a grapheme, that is, what a reader takes for one character; or a word with the white space
   * behind it. `'char'` shows graphemes, too, but counts the UTF-16 code units that they are made of: an emoji takes longer
   * than a letter. @defaultValue 'grapheme'
   */
  readonly unit?: RevealUnit | undefined;
  /**
   * The pace, in graphemes per second (for `'char'` and `'word'` in UTF-16 code units), as long as that keeps up; faster
   * where more waits than half of `maxLagMs` takes. `undefined` for the pace at which text comes.
   */
  readonly charsPerSecond?: number | undefined;
  /** How long text waits at most before it is shown, in milliseconds. @defaultValue 500 */
  readonly maxLagMs?: number | undefined;
  /**
   * What becomes of the rest when the source completes: it goes on at its pace, and the result completes within `maxLagMs`;
   * or it leaves at once. @defaultValue 'finish'
   */
  readonly onEnd?: 'finish' | 'flush' | undefined;
}

/** How long it may take until a frame comes before a timer takes its place, in milliseconds. */
const maxFrameMs = 100;

const checkRate = (option: string, rate: number | undefined): void => {
  if (rate === undefined || (Number.isFinite(rate) && rate > 0)) return;
  throw new InvalidOptionError(option, `must be a number above 0; got ${String(rate)}`);
};

/**
 * Text at a steady pace, however it comes: the longer it is behind, the faster it goes, and never is it further behind than
 * `maxLagMs`. No grapheme (an emoji, a flag, a letter with its accents) is ever shown in half.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Delta>`. Text, reasoning and refusals come in other pieces; all other deltas
 *   keep their place among them. Together they make the same completion
 * - **Time:** a paint (a frame; about 16 ms where there are none). Text leaves within `maxLagMs`, about half of that behind
 *   a steady stream. The last grapheme waits until it is known to be whole: for the next one, for something else of the same
 *   choice, or for `maxLagMs`. Linear; each piece is segmented once. While nothing waits there is no timer
 * - **Hidden tabs:** text passes as it arrives, since browsers hold back frames and timers there
 * - **Memory:** what came within `maxLagMs`
 * - **Errors:** pass through, after all that waits. `InvalidOptionError` at the call
 * - **Retries:** before a `start` or a `redact` all that waits leaves at once, so that what is void or taken back is replaced
 *   before it is painted
 * - **Completes:** as `onEnd` says
 * - **Unsubscribe:** stops the frame and the timer
 * - **Source:** Unicode Standard Annex #29, by `Intl.Segmenter`; in its absence by code points. A grapheme of more than 256
 *   UTF-16 code units, and a word of more than 64, is shown in pieces
 *
 * ```marble
 * deltas  a---b|           a: 'Hel'   b: 'lo'
 * frames  -x-x-x-x-x-x
 * result  -H-e-l-l-(o|)    charsPerSecond: 500
 * ```
 *
 * @example All of it, in the end
 * ```ts
 * import { lastValueFrom, map, of, scan, toArray } from 'rxjs';
 * import { type Delta, smoothText, textOf } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'text', choice: 0, part: 0, text: 'Family: 👩‍👩' },
 *   { type: 'text', choice: 0, part: 0, text: '‍👧.' },
 * ];
 * const shown$ = of(...deltas).pipe(
 *   smoothText({ maxLagMs: 200 }),
 *   textOf(),
 *   scan((text, piece) => text + piece),
 *   toArray(),
 * );
 * const shown = await lastValueFrom(shown$);
 *
 * shown.at(-1); // => 'Family: 👩‍👩‍👧.'
 * shown.some((text) => text.endsWith('👩‍👩')); // => false
 * ```
 *
 * @category ui
 * @since 0.1.0
 */
export function smoothText({
  unit = 'grapheme',
  charsPerSecond,
  maxLagMs = 500,
  onEnd = 'finish',
}: SmoothTextOptions = {}): MonoTypeOperatorFunction<Delta> {
  checkOneOf('unit', unit, ['char', 'word', 'grapheme']);
  checkRate('charsPerSecond', charsPerSecond);
  checkOption('delayMs', 'maxLagMs', maxLagMs);
  checkOneOf('onEnd', onEnd, ['finish', 'flush']);
  return operate((out) => {
    const queue = new RevealQueue({ unit, charsPerSecond, maxLagMs });
    let ending: (() => void) | undefined;
    let wake = Subscription.EMPTY;
    /** What `wake` waits for: a paint, or that the last grapheme has waited long enough. */
    let waitsFor: 'nothing' | 'paint' | 'rest' = 'nothing';
    out.add(() => {
      wake.unsubscribe();
    });

    const sleep = (): void => {
      wake.unsubscribe();
      waitsFor = 'nothing';
    };

    const fail = (error: unknown): void => {
      out.error(error);
    };

    const arm = (): void => {
      if (queue.isEmpty || out.closed) {
        sleep();
        return;
      }
      const next = queue.isHeld ? 'rest' : 'paint';
      if (waitsFor === next) return;
      wake.unsubscribe();
      waitsFor = next;
      const waitMs = queue.waitMs(asyncScheduler.now());
      const due$ = next === 'rest' ? timer(waitMs) : nextPaint('frame', Math.min(maxFrameMs, waitMs), 0);
      wake = merge(due$, pageHides()).pipe(take(1)).subscribe({ next: tick, error: fail });
    };

    const give = inOrder<Delta>(
      (delta) => {
        out.next(delta);
      },
      () => {
        if (ending && queue.isEmpty) ending();
        else arm();
      },
    );

    const giveDue = (nowMs: number): void => {
      give(isPageHidden() ? queue.takeWhole(nowMs) : queue.takeDue(nowMs));
    };

    const tick = (): void => {
      sleep();
      giveDue(asyncScheduler.now());
    };

    return {
      next(delta) {
        const nowMs = asyncScheduler.now();
        if (delta.type === 'start' || delta.type === 'redact') give([...queue.takeAll(), delta]);
        else {
          queue.add(delta, nowMs);
          // What is no text and has none before it need not wait, either.
          const isLate = queue.waitMs(nowMs) === 0 || queue.overdueMs(nowMs) >= maxFrameMs;
          if (isLate || isPageHidden()) giveDue(nowMs);
          else arm();
        }
      },
      error(error) {
        ending = () => {
          out.error(error);
        };
        give(queue.takeAll());
      },
      complete() {
        ending = () => {
          out.complete();
        };
        queue.close();
        const nowMs = asyncScheduler.now();
        if (onEnd === 'flush') give(queue.takeAll());
        else if (isPageHidden()) giveDue(nowMs);
        else give([]);
      },
    };
  });
}
