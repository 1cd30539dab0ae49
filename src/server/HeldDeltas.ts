import type { Delta, PartPlace } from '../deltas/Delta.ts';
import { charsIn, joinNeighbours } from '../deltas/joinDeltas.ts';
import { LimitError } from '../errors/LimitError.ts';

/** The most text that is held back, in UTF-16 code units. */
const maxHeldChars = 8_388_608;

/** A part's name in a map. */
export const keyOf = ({ choice, part }: PartPlace): string => `${choice}/${part}`;

const isOf = (delta: Delta, isPart: (key: string) => boolean): boolean =>
  'part' in delta && isPart(keyOf({ choice: delta.choice ?? 0, part: delta.part }));

const isText = (delta: Delta): delta is Extract<Delta, { readonly type: 'text' | 'reasoning' | 'refusal' }> =>
  delta.type === 'text' || delta.type === 'reasoning' || delta.type === 'refusal';

/** Deltas that wait until it is known what becomes of them. Pieces are joined, so that it says nothing of how they came. */
export class HeldDeltas {
  #deltas: Delta[] = [];
  #chars = 0;

  push(delta: Delta): void {
    this.#chars += charsIn(delta);
    if (this.#chars > maxHeldChars) throw new LimitError('maxHeldChars', maxHeldChars);
    const joined = joinNeighbours(this.#deltas.at(-1), delta);
    if (joined) this.#deltas[this.#deltas.length - 1] = joined;
    else this.#deltas.push(delta);
  }

  take(): readonly Delta[] {
    this.#chars = 0;
    return this.#deltas.splice(0);
  }

  /** Throws away all that is said of some parts. */
  drop(isPart: (key: string) => boolean): void {
    this.#deltas = this.#deltas.filter((delta) => !isOf(delta, isPart));
  }

  /** How much text of a part is here, in UTF-16 code units. */
  charsOf(key: string): number {
    return this.#textsOf(key).reduce((sum, { text }) => sum + text.length, 0);
  }

  /** Keeps only the beginning of a part's text. */
  cut(key: string, keptChars: number): void {
    let left = keptChars;
    const texts = new Set<Delta>(this.#textsOf(key));
    this.#deltas = this.#deltas.flatMap((delta) => {
      if (!texts.has(delta) || !isText(delta)) return [delta];
      const text = delta.text.slice(0, left);
      left -= text.length;
      return text === '' ? [] : [{ ...delta, text }];
    });
  }

  #textsOf(key: string): readonly { readonly text: string }[] & readonly Delta[] {
    return this.#deltas.filter(isText).filter((delta) => keyOf(delta) === key);
  }
}
