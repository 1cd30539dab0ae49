/** Where progress is written to; `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** How often a log, where lines cannot be written over, hears of what is under way. */
const logEveryMs = 5000;
const clearLine = '\r\u001b[K';

/** Tells a person what is under way, in one line that is written over; in a log, line by line and seldom. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #nowMs: () => number;
  #lastMs: number;

  constructor(output: ProgressOutput, nowMs: () => number = () => performance.now()) {
    this.#output = output;
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
  }

  /** What is under way; the next word replaces it. */
  update(text: string): void {
    if (this.#output.isTTY === true) this.#output.write(clearLine + text);
    else if (this.#nowMs() - this.#lastMs >= logEveryMs) this.note(text);
  }

  /** What stays to be read. */
  note(text: string): void {
    this.#lastMs = this.#nowMs();
    this.#output.write(`${this.#output.isTTY === true ? clearLine : ''}${text}\n`);
  }
}
