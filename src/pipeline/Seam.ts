/** How far back a model may begin again, in UTF-16 code units. */
const maxOverlapChars = 400;
/** Less than this may be the same by chance, so it is taken for a repetition only if it is all that was said. */
const minOverlapChars = 8;

/**
 * Finds where the continuation of a text really goes on: models that are asked to go on may repeat some of what they
 * said, and a beginning that is handed to them loses its trailing spaces. Text is held back only while it may
 * still turn out to be a repetition.
 */
export class Seam {
  readonly #tail: string;
  readonly #minChars: number;
  #held: string | undefined = '';

  constructor(said: string, way: 'prefill' | 'ask') {
    this.#tail = way === 'prefill' ? said.slice(said.trimEnd().length) : said.slice(-maxOverlapChars);
    this.#minChars = way === 'prefill' ? 1 : Math.min(minOverlapChars, said.length);
  }

  /** What may be shown after one more piece. */
  push(piece: string): string {
    if (this.#held === undefined) return piece;
    this.#held += piece;
    return this.#mayRepeatMore(this.#held) ? '' : this.rest();
  }

  /** What was held back, without what was said before. */
  rest(): string {
    const held = this.#held ?? '';
    this.#held = undefined;
    for (let chars = Math.min(this.#tail.length, held.length); chars >= this.#minChars; chars -= 1) {
      if (chars > 0 && this.#tail.endsWith(held.slice(0, chars))) return held.slice(chars);
    }
    return held;
  }

  /** Whether the text so far stands somewhere in the tail, and so may go on to its end. */
  #mayRepeatMore(held: string): boolean {
    return held.length < this.#tail.length && this.#tail.includes(held);
  }
}
