/** How far back a model may begin again, in UTF-16 code units, unless it begins again altogether. */
const maxOverlapChars = 400;
/** Less than this may be the same by chance, so it is taken for a repetition only if it is all that was said. */
const minOverlapChars = 8;
/** Fewer different characters than these (a rule, an indentation, a row of a table) are the same by chance, too. */
const minOverlapKinds = 4;

/**
 * Finds where the continuation of a text really goes on: models that are asked to go on may repeat some of what they
 * said, and a beginning that is handed to them loses its trailing spaces. Text is held back only while it may
 * still turn out to be a repetition.
 */
export class Seam {
  readonly #said: string;
  readonly #way: 'prefill' | 'ask';
  /** Where a repetition may begin. */
  readonly #tail: string;
  #held: string | undefined = '';
  /** Whether the text so far is what the answer began with: some models begin it again. */
  #isRestart: boolean;

  constructor(said: string, way: 'prefill' | 'ask') {
    this.#said = said;
    this.#way = way;
    this.#tail = way === 'prefill' ? said.slice(said.trimEnd().length) : said.slice(-maxOverlapChars);
    this.#isRestart = way === 'ask' && said !== '';
  }

  /** What may be shown after one more piece. */
  push(piece: string): string {
    const held = this.#held;
    if (held === undefined) return piece;
    this.#isRestart &&= this.#said.startsWith(piece.slice(0, this.#said.length - held.length), held.length);
    this.#held = held + piece;
    return this.#mayRepeatMore(this.#held) ? '' : this.rest();
  }

  /** What was held back, without what was said before. */
  rest(): string {
    const held = this.#held ?? '';
    this.#held = undefined;
    if (this.#isRestart && held.length >= this.#said.length) return held.slice(this.#said.length);
    let chars = Math.min(this.#tail.length, held.length);
    while (chars > 0 && !this.#tail.endsWith(held.slice(0, chars))) chars -= 1;
    return this.#isRepetition(held.slice(0, chars)) ? held.slice(chars) : held;
  }

  /** Whether the text so far stands somewhere in what was said, and so may go on to its end. */
  #mayRepeatMore(held: string): boolean {
    if (this.#isRestart && held.length < this.#said.length) return true;
    return held.length < this.#tail.length && this.#tail.includes(held);
  }

  #isRepetition(overlap: string): boolean {
    if (this.#way === 'prefill') return true;
    return overlap.length >= minOverlapChars && new Set(overlap).size >= minOverlapKinds;
  }
}
