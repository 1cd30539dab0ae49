import { asyncScheduler } from 'rxjs';

const minuteMs = 60_000;

/** When the next request may start: never more than so many within any minute, and none while a server asks for a pause. */
export class StartPace {
  readonly #perMinute: number;
  /** When the last `perMinute` starts were, in a ring. */
  readonly #startsMs: number[] = [];
  #count = 0;
  #pausedUntilMs = -Infinity;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** How long to wait, in milliseconds; 0 or less for not at all. */
  waitMs(): number {
    const oldestMs = this.#startsMs[this.#count % this.#perMinute] ?? -Infinity;
    return Math.max(oldestMs + minuteMs, this.#pausedUntilMs) - asyncScheduler.now();
  }

  /** Counts a start. */
  note(): void {
    if (this.#perMinute === Infinity) return;
    this.#startsMs[this.#count % this.#perMinute] = asyncScheduler.now();
    this.#count += 1;
  }

  /** Lets nothing start for so many milliseconds; an earlier pause that lasts longer stands. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, asyncScheduler.now() + ms);
  }
}
