import { logStart } from '../../../src/log/Cursor.ts';
import type { LogDriver, LogEntry, LogHint, LogState, OpenOptions } from '../../../src/log/LogDriver.ts';
import { randomOf, type VirtualClock } from '../VirtualClock.ts';
import { EpochNames } from './EpochNames.ts';

export type Operation = Exclude<keyof LogDriver, 'tail'>;

interface Write {
  readonly atMs: number;
  readonly operation: Operation;
  readonly args: readonly unknown[];
  /** Until when it lets a producer be alive, and who that is; known once it has been done. */
  leaseUntilMs?: number;
  owner?: string | undefined;
}

const writing: readonly Operation[] = ['open', 'append', 'end', 'renew', 'stop', 'reap'];

/**
 * The engine that all servers share, around a driver that has what it is told at once. It writes down what it does, so that it can
 * come back without the last of it, and keeps an eye on the lease.
 */
export class Engine {
  readonly problems: string[] = [];
  /** What there was when it lost writes that it had acknowledged. */
  before: readonly LogEntry[] | undefined;
  readonly #id: string;
  readonly #clock: VirtualClock;
  readonly #makeDriver: () => LogDriver;
  readonly #listeners = new Set<(hint: LogHint) => void>();
  readonly #epochs: EpochNames;
  #driver: LogDriver;
  #writes: Write[] = [];
  #leaseUntilMs = 0;
  #leave: () => void = () => undefined;

  constructor(id: string, clock: VirtualClock, makeDriver: () => LogDriver, seed: number) {
    this.#epochs = new EpochNames(randomOf(seed));
    this.#id = id;
    this.#clock = clock;
    this.#makeDriver = makeDriver;
    this.#driver = makeDriver();
    this.#connect();
  }

  async do(operation: Operation, args: readonly unknown[]): Promise<unknown> {
    return this.#epochs.result(operation, await this.#do(operation, this.#epochs.args(operation, args)));
  }

  async #do(operation: Operation, args: readonly unknown[]): Promise<unknown> {
    const atMs = this.#clock.nowMs;
    const leaseUntilMs = this.#leaseUntilMs;
    // A driver in memory does it before it answers.
    const answer = this.#call(operation, args);
    const write: Write = { atMs, operation, args };
    if (writing.includes(operation)) this.#writes.push(write);
    const result = await answer;
    const { owner, mode, leaseMs = args[2] as number } = operation === 'open' ? (args[1] as OpenOptions) : {};
    if (owner !== undefined && this.#writes.some((other) => other.owner === owner)) return result;
    if ((mode === 'takeover' || (operation === 'reap' && result === true)) && atMs < leaseUntilMs) {
      this.problems.push(`${operation} took the log from a producer that was alive`);
    }
    write.owner = owner;
    if (operation === 'open' || operation === 'renew') this.#leaseUntilMs = write.leaseUntilMs = atMs + leaseMs;
    return result;
  }

  tail(onHint: (hint: LogHint) => void): () => void {
    this.#listeners.add(onHint);
    return () => this.#listeners.delete(onHint);
  }

  /** Comes back without its last writes, and everybody has to connect again. */
  async rollback(writes: number): Promise<void> {
    this.before = await this.entries();
    this.#leave();
    // That there is a log at all is not forgotten: it would be another one.
    this.#writes = this.#writes.slice(0, Math.max(1, this.#writes.length - writes));
    this.#driver = this.#makeDriver();
    this.#leaseUntilMs = this.#writes.findLast((write) => write.leaseUntilMs !== undefined)?.leaseUntilMs ?? 0;
    for (const { atMs, operation, args } of this.#writes) {
      this.#clock.at(atMs, () => {
        this.#call(operation, args).catch(() => undefined);
      });
    }
    const { epoch = 0 } = (await this.#driver.state(this.#id)) ?? {};
    this.#epochs.forgetAfter(epoch);
    this.#connect();
    for (const listener of [...this.#listeners]) listener({});
  }

  async entries(): Promise<readonly LogEntry[]> {
    return this.#driver.read(this.#id, logStart, 100_000).catch(() => []);
  }

  async state(): Promise<LogState['state'] | undefined> {
    return (await this.#driver.state(this.#id))?.state;
  }

  #connect(): void {
    let isLeft = false;
    const hear = (hint: LogHint): void => {
      const told = hint.entry ? { entry: this.#epochs.entry(hint.entry) } : hint;
      if (!isLeft) for (const listener of [...this.#listeners]) listener(told);
    };
    this.#driver.tail(this.#id, hear).catch(() => undefined);
    this.#leave = () => (isLeft = true);
  }

  #call(operation: Operation, args: readonly unknown[]): Promise<unknown> {
    return (this.#driver[operation] as (...all: readonly unknown[]) => Promise<unknown>)(...args);
  }
}
