import type { Delta } from '../deltas/Delta.ts';

/** Keeps count of which choices have begun and which have their stop reason. */
export class FinishCount {
  readonly #seen = new Set<number>();
  readonly #finished = new Set<number>();

  note(delta: Delta): void {
    if (!('choice' in delta) || delta.type === 'other') return;
    this.#seen.add(delta.choice);
    if (delta.type === 'finish') this.#finished.add(delta.choice);
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
