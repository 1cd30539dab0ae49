import type { LogEntry, OpenedLog } from '../../../src/log/LogDriver.ts';
import type { Operation } from './Engine.ts';

/**
 * Numbers of producers as an engine gives them that can go back: none is given twice. Those of a driver in memory would be, since it
 * counts, and never goes back.
 */
export class EpochNames {
  readonly #random: () => number;
  /** What each of the driver's own numbers is called. */
  #names: number[] = [0, 1];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** What was named from this one on, and is so no more. */
  forgetAfter(epoch: number): void {
    this.#names = this.#names.slice(0, epoch + 1);
  }

  entry(entry: LogEntry): LogEntry {
    return { ...entry, epoch: this.#nameOf(entry.epoch) };
  }

  args(operation: Operation, args: readonly unknown[]): readonly unknown[] {
    const [id, second, ...rest] = args;
    if (operation === 'append' || operation === 'end' || operation === 'renew') {
      return [id, this.#names.indexOf(second as number), ...rest];
    }
    if (operation !== 'read') return args;
    const { epoch, seq } = second as OpenedLog;
    const known = this.#names.findLastIndex((name) => name <= epoch);
    // Behind all that one wrote, and before what the next one did, where the place is of one that is forgotten.
    return [id, { epoch: known, seq: this.#names[known] === epoch ? seq : Infinity }, ...rest];
  }

  result(operation: Operation, result: unknown): unknown {
    if (operation === 'read') return (result as readonly LogEntry[]).map((entry) => this.entry(entry));
    if ((operation !== 'open' && operation !== 'state') || result === undefined) return result;
    const opened = result as OpenedLog;
    return { ...opened, epoch: this.#nameOf(opened.epoch) };
  }

  #nameOf(epoch: number): number {
    while (this.#names.length <= epoch) {
      this.#names.push((this.#names.at(-1) as number) + 1 + Math.floor(this.#random() * 1_000));
    }
    return this.#names[epoch] as number;
  }
}
