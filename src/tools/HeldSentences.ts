import { knownAbbreviations } from '../text/knownAbbreviations.ts';
import { SentenceScanner } from '../text/SentenceScanner.ts';

const rules = { maxChars: Infinity, abbreviations: /* @__PURE__ */ new Set(knownAbbreviations) };

/** Where the sentences of a text end that is read at one end and taken away at the other. */
export class HeldSentences {
  #scanner = new SentenceScanner(rules);
  /** Counted from where the scanner began, as `#takenChars` is; those before `#from` are gone. */
  #ends: number[] = [];
  #from = 0;
  #takenChars = 0;

  /** How many of the characters are whole sentences. */
  get wholeChars(): number {
    return Math.max(0, (this.#ends.at(-1) ?? 0) - this.#takenChars);
  }

  /** As much of it as fits into so many characters. */
  wholeCharsWithin(mostChars: number): number {
    let chars = 0;
    for (let at = this.#from; at < this.#ends.length; at += 1) {
      const end = (this.#ends[at] ?? Infinity) - this.#takenChars;
      if (end > mostChars) break;
      chars = end;
    }
    return chars;
  }

  /** Reads on; returns whether a sentence has become whole. */
  push(text: string): boolean {
    const ends = this.#scanner.push(text);
    for (const end of ends) this.#ends.push(end);
    return ends.length > 0;
  }

  take(chars: number): void {
    this.#takenChars += chars;
    while ((this.#ends[this.#from] ?? Infinity) <= this.#takenChars) this.#from += 1;
    // Now and then, so that no sentence costs a copy of all that follow.
    if (this.#from < this.#ends.length && this.#from < 1_024) return;
    this.#ends = this.#ends.slice(this.#from);
    this.#from = 0;
  }
}
