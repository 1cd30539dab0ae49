import type { Delta } from '../deltas/Delta.ts';

/** Keeps count of which choices have begun and which have their stop reason. */
export class FinishCount {
  readonly #seen = new Set<number>();
  readonly #finished = new Set<number>();
  /** The choice of the last delta that had one: most deltas have the same. */
  #last: number | undefined;

  note(delta: Delta): void {
    const { type, choice } = delta as { readonly type: Delta['type']; readonly choice?: number };
    if (choice === undefined || type === 'other') return;
    if (choice !== this.#last) this.#seen.add(choice);
    this.#last = choice;
    if (type === 'finish') this.#finished.add(choice);
  }

  get finished(): number {
    return this.#finished.size;
  }

  /** Whether each of the first `expected` choices, and every one that has begun, has its stop reason. */
  isWhole(expected: number): boolean {
    if (this.#finished.size < Math.max(expected, this.#seen.size)) return false;
    for (let choice = 0; choice < expected; choice += 1) if (!this.#finished.has(choice)) return false;
    return true;
  }
}
