import type { UiPart } from './UiCalls.ts';

type StretchType = 'text' | 'reasoning';

/** The texts and the reasoning of one step, from their beginnings to their ends. */
export class UiStretches {
  readonly #step: number;
  readonly #open = new Map<number, StretchType>();

  constructor(step: number) {
    this.#step = step;
  }

  /** A part without text is not shown unless it `isSealed`. */
  grow(type: StretchType, part: number, delta: string, isSealed = false): readonly UiPart[] {
    if (delta === '' && !isSealed) return [];
    const id = this.#idOf(part);
    const begin = this.#open.has(part) ? [] : [{ type: `${type}-start`, id }];
    this.#open.set(part, type);
    return delta === '' ? begin : [...begin, { type: `${type}-delta`, id, delta }];
  }

  /** `seals` must go back to the provider with the part, in the end. */
  end(part: number, seals: object = {}): readonly UiPart[] {
    const type = this.#open.get(part);
    if (type === undefined) return [];
    this.#open.delete(part);
    const isSealed = Object.keys(seals).length > 0;
    return [{ type: `${type}-end`, id: this.#idOf(part), ...(isSealed && { providerMetadata: { rxllm: seals } }) }];
  }

  /** The parts that are open. */
  get open(): readonly number[] {
    return [...this.#open.keys()];
  }

  #idOf(part: number): string {
    return `${this.#step}.${part}`;
  }
}
