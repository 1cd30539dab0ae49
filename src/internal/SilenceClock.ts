import { asyncScheduler, type Subscription, type Unsubscribable } from 'rxjs';

import { after } from './after.ts';

export interface SilenceLimits {
  /** How long the first sign of life may take, in milliseconds; `Infinity` for any time. */
  readonly firstMs: number;
  /** How long there may be silence from then on, in milliseconds; `Infinity` for any time. */
  readonly eachMs: number;
}

/**
 * Notices silence, from when it is made, with one timer whatever comes: a sign of life only notes the time, and a timer that rings
 * too early is wound again for the rest. (`timeout` winds one for every value.) Give it to the subscriber that it watches for: `out.add`.
 */
export class SilenceClock implements Unsubscribable {
  readonly #limits: SilenceLimits;
  readonly #onSilent: (hasBegun: boolean) => void;
  #hasBegun = false;
  #lastAtMs = asyncScheduler.now();
  #bell: Subscription | undefined;
  #isStopped = false;

  constructor(limits: SilenceLimits, onSilent: (hasBegun: boolean) => void) {
    this.#limits = limits;
    this.#onSilent = onSilent;
    this.#wind(limits.firstMs);
  }

  /** Whether there was a sign of life. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Takes note of a sign of life. */
  note(): void {
    this.#lastAtMs = asyncScheduler.now();
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#wind(this.#limits.eachMs);
  }

  /** Ends it for good: a sign of life that was on its way starts it no more. */
  unsubscribe(): void {
    this.#isStopped = true;
    this.#bell?.unsubscribe();
  }

  #wind(ms: number): void {
    this.#bell?.unsubscribe();
    if (this.#isStopped) return;
    this.#bell = after(ms, () => {
      this.#ring();
    });
  }

  #ring(): void {
    const { firstMs, eachMs } = this.#limits;
    const leftMs = this.#lastAtMs + (this.#hasBegun ? eachMs : firstMs) - asyncScheduler.now();
    if (leftMs > 0) this.#wind(leftMs);
    else this.#onSilent(this.#hasBegun);
  }
}
