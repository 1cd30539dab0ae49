import { asyncScheduler, type Subscription } from 'rxjs';

import { after } from '../internal/after.ts';

/** Rings once, at the time it was set to last. */
export class Bell {
  readonly #mostMs: number;
  readonly #ring: (atMs: number) => void;
  #timer: Subscription | undefined;
  #atMs = Infinity;

  constructor(mostMs: number, ring: (atMs: number) => void) {
    this.#mostMs = mostMs;
    this.#ring = ring;
  }

  /** `Infinity` for never. */
  set(atMs: number): void {
    if (atMs === this.#atMs) return;
    this.stop();
    this.#atMs = atMs;
    if (atMs === Infinity) return;
    // A clock that is set back must not make it longer.
    const waitMs = Math.min(this.#mostMs, Math.max(0, atMs - asyncScheduler.now()));
    this.#timer = after(waitMs, () => {
      this.#atMs = Infinity;
      this.#ring(atMs);
    });
  }

  stop(): void {
    this.#timer?.unsubscribe();
    this.#atMs = Infinity;
  }
}
