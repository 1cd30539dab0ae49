import type { MonoTypeOperatorFunction } from 'rxjs';

import type { Delta, TextDelta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { Moderation } from './Moderation.ts';
import type { ModerationCheck } from './ModerationCheck.ts';

export interface ModerateOptions {
  /**
   * When the check is called: for whole sentences, as soon as one is over, or for every `holdBackChars` characters.
   * @defaultValue 'sentence'
   */
  readonly unit?: 'sentence' | 'chars' | undefined;
  /**
   * How much text is held at most before it is checked, in UTF-16 code units: a whole unit of `'chars'`, and a sentence that
   * does not end. `Infinity` for no such limit. @defaultValue 400
   */
  readonly holdBackChars?: number | undefined;
  /**
   * How long text waits at most for more of its sentence before it is checked all the same, in milliseconds; `Infinity` for
   * any time. @defaultValue 1_000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * What a violation does: end the stream with a `ModerationError`, or put `replacement` in the place of the text and go on.
   * @defaultValue 'error'
   */
  readonly onViolation?: 'error' | 'redact' | undefined;
  /** What stands in the place of text that is redacted, unless the check says otherwise. @defaultValue `[removed]` */
  readonly replacement?: string | undefined;
  /** What is checked; everything else passes in its turn. @defaultValue ['text'] */
  readonly kinds?: readonly TextDelta['type'][] | undefined;
  /**
   * How much text the check sees at most, in UTF-16 code units: what is new, half of it at most, and as much of what stands
   * before that in its part. `Infinity` for the whole part, which a check then reads over and over. @defaultValue 4_000
   */
  readonly maxWindowChars?: number | undefined;
  /**
   * Upper bound on what may wait behind a slow check, in UTF-16 code units, other deltas counted as 64; `Infinity` for none.
   * @defaultValue 1_048_576
   */
  readonly maxHeldChars?: number | undefined;
}

const kindNames = ['text', 'reasoning', 'refusal'] as const;

/**
 * Holds text back until a check of yours has passed it, so that a user sees nothing that was not checked.
 *
 * The check gets a growing window: the text of the part so far (`text`), of which `fresh` is new. It answers with `true`
 * or `false`, or says with `fromChar` where in the window the trouble begins. That may be in text that had passed
 * before: then a `redact` delta tells everybody who shows it to take it back.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Delta>`, in the same order, nothing before the text in front of it. Pieces of
 *   text are joined and cut as the checks have it. What another operator redacts is checked, too; in a part of which nothing
 *   is known, its text is left out
 * - **Time:** text waits for its sentence (or `holdBackChars`), `maxDelayMs` at most, then for the check that is running and
 *   its own. One check runs at a time; what comes meanwhile is checked together, half of `maxWindowChars` at once. A check that
 *   answers at once adds nothing
 * - **Memory:** what waits, at most `maxHeldChars`; for each part `maxWindowChars`
 * - **Errors:** `ModerationError` for a violation, unless `onViolation` is `'redact'`: what had passed has gone out, what must go
 *   is taken back before it, so that `partial` has nothing of it. An error of the check ends the stream, and nothing
 *   unchecked is shown; so does an answer that is no verdict, or an Observable without one (`TypeError`). `LimitError` for
 *   `maxHeldChars`. An error of the source waits for the check of what is held
 * - **Completes:** once all has passed. A `start` drops what is held of the attempt before it
 * - **Unsubscribe:** leaves the check that is running, and stops the clock
 *
 * ```
 * text    "It is "  "so. B"  "ut"       "."  |      a check takes two frames
 * checks                   "It is so. "       "But."
 * result                     "It is so. "       "But."|
 * ```
 *
 * @example A word that must not be shown, and a mail address that is replaced
 * ```ts
 * import { from } from 'rxjs';
 * import { accumulateDelta, type Delta, moderate, type ModerationWindow } from 'rxllm';
 *
 * const deltas: Delta[] = ['Write to ann@', 'example.org. ', 'Thank you.', ' Bye'].map((text) => ({
 *   type: 'text',
 *   choice: 0,
 *   part: 0,
 *   text,
 * }));
 * const mail = /\S+@\S+\w/g;
 * const check = ({ fresh }: ModerationWindow) =>
 *   fresh.includes('@') ? ({ ok: false, replacement: fresh.replace(mail, '[mail]') } as const) : true;
 * const texts: string[] = [];
 * from(deltas)
 *   .pipe(moderate(check, { onViolation: 'redact' }), accumulateDelta())
 *   .subscribe(({ text }) => texts.push(text));
 *
 * texts; // => ['Write to [mail]. ', 'Write to [mail]. Thank you. ', 'Write to [mail]. Thank you. Bye']
 * ```
 *
 * @category tools
 * @since 0.1.0
 */
export function moderate(
  check: ModerationCheck,
  {
    unit = 'sentence',
    holdBackChars = 400,
    maxDelayMs = 1_000,
    onViolation = 'error',
    replacement = '[removed]',
    kinds = ['text'],
    maxWindowChars = 4_000,
    maxHeldChars = 1_048_576,
  }: ModerateOptions = {},
): MonoTypeOperatorFunction<Delta> {
  // Callers without types pass all sorts of things.
  if (typeof (check as unknown) !== 'function') throw new InvalidOptionError('check', 'must be a function');
  if (typeof (replacement as unknown) !== 'string') throw new InvalidOptionError('replacement', 'must be text');
  checkOneOf('unit', unit, ['sentence', 'chars']);
  checkOption('bound', 'holdBackChars', holdBackChars);
  checkOption('limitMs', 'maxDelayMs', maxDelayMs);
  checkOneOf('onViolation', onViolation, ['error', 'redact']);
  if (kinds.length === 0) throw new InvalidOptionError('kinds', 'must name at least one kind');
  for (const kind of kinds) checkOneOf('kinds', kind, kindNames);
  checkOption('bound', 'maxWindowChars', maxWindowChars);
  checkOption('bound', 'maxHeldChars', maxHeldChars);
  const hold = { unit, holdBackChars, maxDelayMs, maxWindowChars };
  const rules = { ...hold, kinds: new Set<string>(kinds), onViolation, replacement, maxHeldChars };
  return operate((out) => {
    const moderation = new Moderation(check, rules, out);
    return {
      next(delta) {
        moderation.write(delta);
      },
      error(error) {
        moderation.end({ error });
      },
      complete() {
        moderation.end({});
      },
    };
  });
}
