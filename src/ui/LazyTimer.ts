import { asyncScheduler, Subscription } from 'rxjs';

import { after } from '../internal/after.ts';

/**
 * A timer that is set again and again and seldom rings. Setting it only notes the time: what was wound before rings too
 * early then, and is wound again for the rest. (Winding one for every delta takes 2 to 10 µs, `npm run bench -- growth`.)
 */
export class LazyTimer {
  readonly #onDue: () => void;
  #waitMs = Infinity;
  #dueMs = Infinity;
  #ringMs = Infinity;
  #bell = Subscription.EMPTY;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** Forgets what it was set to. */
  set(waitMs: number): void {
    const nowMs = asyncScheduler.now();
    this.#waitMs = waitMs;
    this.#dueMs = nowMs + waitMs;
    if (this.#dueMs < this.#ringMs) this.#wind(nowMs);
  }

  stop(): void {
    this.#bell.unsubscribe();
    this.#ringMs = Infinity;
  }

  #wind(nowMs: number): void {
    this.#bell.unsubscribe();
    this.#ringMs = this.#dueMs;
    this.#bell = after(this.#dueMs - nowMs, () => {
      this.#ring();
    });
  }

  #ring(): void {
    const nowMs = asyncScheduler.now();
    this.#ringMs = Infinity;
    // A clock may be set back.
    this.#dueMs = Math.min(this.#dueMs, nowMs + this.#waitMs);
    if (this.#dueMs > nowMs) this.#wind(nowMs);
    else this.#onDue();
  }
}
