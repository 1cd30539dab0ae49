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

  /** Whether every choice that was asked for, and every one that has begun, has its stop reason. */
  isWhole(expected: number): boolean {
    return this.#finished.size >= Math.max(expected, this.#seen.size);
  }
}
