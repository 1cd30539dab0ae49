import type { OperatorFunction } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { knownAbbreviations } from './knownAbbreviations.ts';
import { readText } from './readText.ts';
import { SentenceScanner } from './SentenceScanner.ts';

export interface SplitSentencesOptions {
  /** Where a sentence is cut all the same, at the end of a word if it has several, in UTF-16 code units. @defaultValue 1_000 */
  readonly maxChars?: number | undefined;
  /** Further words whose full stop ends no sentence, such as `Abb` or `z.Hd`, without the last stop. */
  readonly abbreviations?: readonly string[] | undefined;
}

/**
 * Whole sentences, each the moment it is known to be over: for a voice, or a translation, that need not wait for the end.
 *
 * A sentence ends behind a stop with white space after it, behind a line break, or behind an ideographic stop (`。`), and takes the quotation marks, brackets
 * and white space that follow along. It goes on behind a small letter's "e.g. this", common abbreviations and titles, initials,
 * numbers (`3.14`, a list's `1.`), addresses and file names. These are rules of thumb, the same in every
 * runtime.
 *
 * - **Shape:** `Observable<Delta>` (the text of choice 0) or `Observable<string>` to `Observable<string>`. The sentences, joined,
 *   are the text; none is empty. Another part than text, the stop reason and the end give out what is left
 * - **Time:** linear. A sentence comes with the first character of the next one, whatever way the text was cut
 * - **Memory:** one sentence, at most `maxChars` UTF-16 code units (one more where a surrogate pair would be cut)
 * - **Errors:** pass through, once the rest has gone out. What was given is not taken back: a `start` (a retry) drops the
 *   rest and begins anew, a `redact` changes only the rest
 * - **Completes:** with the source, after the rest
 *
 * ```marble
 * text       a-b---c-d|       a: 'Dr. Who'   b: ' came. '   c: 'He'   d: ' left.'
 * sentences  ------x--(y|)    x: 'Dr. Who came. '   y: 'He left.'
 * ```
 *
 * @example Sentence by sentence
 * ```ts
 * import { from } from 'rxjs';
 * import { splitSentences } from 'rxllm';
 *
 * const sentences: string[] = [];
 * from(['It costs 3.', '50, e.g. in the', ' U.S. Army. Is', ' it? 「はい。」そうです。'])
 *   .pipe(splitSentences())
 *   .subscribe((sentence) => sentences.push(sentence));
 *
 * sentences; // => ['It costs 3.50, e.g. in the U.S. Army. ', 'Is it? ', '「はい。」', 'そうです。']
 * ```
 *
 * @category text
 * @since 0.1.0
 */
export function splitSentences({ maxChars = 1_000, abbreviations = [] }: SplitSentencesOptions = {}): OperatorFunction<
  Delta | string,
  string
> {
  checkOption('bound', 'maxChars', maxChars);
  if (!Array.isArray(abbreviations) || !abbreviations.every((word) => typeof word === 'string')) {
    throw new InvalidOptionError('abbreviations', 'must be a list of words');
  }
  const words = abbreviations.map((word) => word.replace(/\.$/, '').toLowerCase());
  const rules = { maxChars, abbreviations: new Set([...knownAbbreviations, ...words]) };
  return operate((out) => {
    let scanner = new SentenceScanner(rules);
    let rest = '';
    /** Where the rest begins: in what the scanner has seen, and in all the text. */
    let scannedChars = 0;
    let givenChars = 0;

    const give = (chars: number): void => {
      const sentence = rest.slice(0, chars);
      rest = rest.slice(chars);
      givenChars += chars;
      if (sentence !== '') out.next(sentence);
    };
    const forget = (): void => {
      scanner = new SentenceScanner(rules);
      scannedChars = 0;
      rest = '';
    };
    const append = (text: string): void => {
      rest += text;
      for (const end of scanner.push(text)) {
        give(end - scannedChars);
        scannedChars = end;
      }
    };
    const end = (): void => {
      give(rest.length);
      forget();
    };
    const read = readText({
      begin() {
        forget();
        givenChars = 0;
      },
      append,
      replace(fromChar, toChar, text) {
        if (toChar < givenChars) {
          givenChars += text.length - (toChar - fromChar);
          return;
        }
        const kept = rest.slice(0, Math.max(0, fromChar - givenChars));
        const after = rest.slice(toChar - givenChars);
        givenChars = Math.min(givenChars, fromChar);
        forget();
        append(kept + text + after);
      },
      end,
    });
    return {
      next: read,
      error(error) {
        end();
        out.error(error);
      },
      complete() {
        end();
        out.complete();
      },
    };
  });
}
