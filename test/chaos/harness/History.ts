/** What happened in a round, in order. */
export class History {
  readonly #startedAt = performance.now();
  readonly #lines: string[] = [];

  /** Since the round began, in milliseconds. */
  get nowMs(): number {
    return performance.now() - this.#startedAt;
  }

  note(who: string, what: string): void {
    this.#lines.push(`${this.nowMs.toFixed(0).padStart(6)} ms  ${who.padEnd(14)} ${what}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
