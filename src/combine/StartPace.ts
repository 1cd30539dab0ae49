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
  waitMs(nowMs: number): number {
    const oldestMs = this.#startsMs[this.#count % this.#perMinute] ?? -Infinity;
    return Math.max(oldestMs + minuteMs, this.#pausedUntilMs) - nowMs;
  }

  note(nowMs: number): void {
    if (this.#perMinute === Infinity) return;
    this.#startsMs[this.#count % this.#perMinute] = nowMs;
    this.#count += 1;
  }

  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }
}
