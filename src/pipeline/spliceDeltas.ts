import type { MonoTypeOperatorFunction } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import type { Delta } from '../deltas/Delta.ts';
import { addUsage, mergeUsage, type Usage } from '../deltas/Usage.ts';
import { operate } from '../internal/operate.ts';
import { Seam } from './Seam.ts';

/** Rewrites the deltas of a second answer, one after the other. */
class Splice {
  readonly #partial: Completion;
  readonly #way: 'prefill' | 'ask';
  readonly #out: (delta: Delta) => void;
  readonly #partCount: number;
  #nextPlace: number;
  /** Where the parts of the second answer stand in the whole one. */
  #places = new Map<number, number>();
  #seam: Seam;
  /** The part of the second answer that is at the seam: its first text. */
  #seamPart: number | undefined;
  #usage: Usage | undefined;

  constructor(partial: Completion, way: 'prefill' | 'ask', out: (delta: Delta) => void) {
    this.#partial = partial;
    this.#way = way;
    this.#out = out;
    this.#partCount = partial.choices[0].parts.length;
    this.#nextPlace = this.#partCount;
    this.#seam = new Seam(partial.text, way);
  }

  write(delta: Delta): void {
    switch (delta.type) {
      case 'start':
        this.#begin();
        break;
      case 'usage':
        this.#usage = mergeUsage(this.#usage, delta.usage);
        this.#out({ type: 'usage', usage: addUsage(this.#partial.usage, this.#usage) });
        break;
      case 'finish':
      case 'end':
        this.release();
        this.#out(delta);
        break;
      default:
        if ('part' in delta) this.#writePart(delta, delta.part);
        else this.#out(delta);
    }
  }

  /** Lets go of the text that is held back at the seam. */
  release(): void {
    if (this.#seamPart !== undefined) this.#show(this.#seam.rest(), this.#seamPart);
  }

  /** A retry of the second request comes by here, too; nothing of it was shown before. */
  #begin(): void {
    this.#places = new Map();
    this.#seam = new Seam(this.#partial.text, this.#way);
    this.#seamPart = undefined;
    this.#usage = undefined;
  }

  #writePart(delta: Extract<Delta, { readonly part?: number }>, part: number): void {
    const beginsText = delta.type === 'text' || (delta.type === 'part-start' && delta.kind === 'text');
    if (beginsText && this.#seamPart === undefined) this.#meet(part);
    const isAtSeam = part === this.#seamPart;
    // Nothing overtakes text that came before it.
    if (delta.type === (isAtSeam ? 'part-end' : 'part-start')) this.release();
    if (isAtSeam && delta.type === 'text') this.#show(this.#seam.push(delta.text), part);
    else if (!isAtSeam || !this.#isUnseen(delta, part)) this.#out({ ...delta, part: this.#place(part) });
  }

  /** Whether a delta only opens or closes a part at the seam that goes on with another, or never had any text. */
  #isUnseen({ type }: Delta, part: number): boolean {
    return type === 'part-start' || (type === 'part-end' && !this.#places.has(part));
  }

  /** Text goes on in the last part, if that is text; else in a part of its own, which begins once there is some. */
  #meet(part: number): void {
    this.#seamPart = part;
    if (this.#partial.choices[0].parts.at(-1)?.kind === 'text') this.#places.set(part, this.#partCount - 1);
  }

  #show(text: string, part: number): void {
    if (text === '') return;
    if (!this.#places.has(part)) this.#out({ type: 'part-start', choice: 0, part: this.#place(part), kind: 'text' });
    this.#out({ type: 'text', choice: 0, part: this.#place(part), text });
  }

  #place(part: number): number {
    const known = this.#places.get(part);
    if (known !== undefined) return known;
    this.#places.set(part, this.#nextPlace);
    this.#nextPlace += 1;
    return this.#nextPlace - 1;
  }
}

/**
 * Makes the deltas of a second request go on where a partial answer stopped: no `start`, parts numbered on, text
 * glued to text without what was said twice, usage added up.
 *
 * What is held back when the second answer fails in its turn is dropped: shown, a repetition that was cut would stay for
 * good; a third request brings it again.
 */
export const spliceDeltas = (partial: Completion, way: 'prefill' | 'ask'): MonoTypeOperatorFunction<Delta> =>
  operate((out) => {
    const splice = new Splice(partial, way, (delta) => {
      out.next(delta);
    });
    return {
      next(delta) {
        splice.write(delta);
      },
      complete() {
        splice.release();
        out.complete();
      },
    };
  });
