import { asyncScheduler, Subscription } from 'rxjs';

import { LogError } from '../errors/LogError.ts';
import { after } from '../internal/after.ts';
import type { LogPlace } from './Cursor.ts';
import type { LogDriver, LogEnding, LogEntry, LogHint, LogState, OpenedLog, OpenOptions } from './LogDriver.ts';

interface MemoryLog {
  epoch: number;
  owner: string;
  /** Where the owner began. */
  openedAt: number;
  seq: number;
  state: LogState['state'];
  leaseUntilMs: number;
  stop: string | undefined;
  readonly entries: LogEntry[];
  expiry: Subscription;
}

const isBehind = (entry: LogEntry, { epoch, seq }: LogPlace): boolean =>
  entry.epoch > epoch || (entry.epoch === epoch && entry.last > seq);

/** The first entry behind a place: entries are in order, and there may be many. */
const indexBehind = (entries: readonly LogEntry[], after: LogPlace): number => {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(entries[middle] as LogEntry, after)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const isLeased = ({ leaseUntilMs }: MemoryLog): boolean => leaseUntilMs > asyncScheduler.now();

/** The logs of one process, and whoever listens to them. Everything happens at once, so each operation is atomic. */
class MemoryEngine {
  readonly #logs = new Map<string, MemoryLog>();
  readonly #listeners = new Map<string, Set<(hint: LogHint) => void>>();
  /** The highest of all that have expired: a log whose id was used before must not be taken for that. */
  #lastEpoch = 0;

  open(id: string, { mode, owner, leaseMs, ttlMs }: OpenOptions): OpenedLog {
    const leaseUntilMs = asyncScheduler.now() + leaseMs;
    const known = this.#logs.get(id);
    if (known?.owner === owner) return { epoch: known.epoch, seq: known.openedAt };
    if (mode === 'takeover') return this.#takeOver(id, owner, leaseUntilMs, ttlMs);
    if (known) throw new LogError('exists', id);
    const epoch = this.#lastEpoch + 1;
    const log: MemoryLog = {
      epoch,
      owner,
      openedAt: 0,
      seq: 0,
      state: 'open',
      leaseUntilMs,
      stop: undefined,
      entries: [],
      expiry: Subscription.EMPTY,
    };
    this.#logs.set(id, log);
    this.#expire(id, log, ttlMs);
    return { epoch, seq: 0 };
  }

  append(id: string, epoch: number, first: number, events: readonly string[]): { readonly stop: string | undefined } {
    const log = this.#owned(id, epoch);
    const last = first + events.length - 1;
    if (last <= log.seq) return { stop: log.stop };
    this.#checkNext(id, log, first);
    this.#put(id, log, { epoch, first, last, json: `[${events.join(',')}]`, ending: undefined });
    return { stop: log.stop };
  }

  end(id: string, epoch: number, seq: number, ending: LogEnding, retainMs: number): void {
    const log = this.#owned(id, epoch);
    if (log.seq >= seq) return;
    this.#checkNext(id, log, seq);
    this.#close(id, log, ending, retainMs);
  }

  renew(id: string, epoch: number, leaseMs: number, ttlMs: number): { readonly stop: string | undefined } {
    const log = this.#owned(id, epoch);
    if (log.state !== 'open') throw new LogError('closed', id);
    log.leaseUntilMs = asyncScheduler.now() + leaseMs;
    this.#expire(id, log, ttlMs);
    return { stop: log.stop };
  }

  stop(id: string, reason: string): boolean {
    const log = this.#logs.get(id);
    if (log?.state !== 'open') return false;
    log.stop ??= reason;
    this.#tell(id, { stop: log.stop });
    return true;
  }

  state(id: string): LogState | undefined {
    const log = this.#logs.get(id);
    return log && { state: log.state, epoch: log.epoch, seq: log.seq };
  }

  read(id: string, place: LogPlace, maxEntries: number): readonly LogEntry[] {
    const { entries } = this.#existing(id);
    const from = indexBehind(entries, place);
    return entries.slice(from, from + maxEntries);
  }

  tail(id: string, onHint: (hint: LogHint) => void): () => void {
    const all = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, all);
    all.add(onHint);
    return () => {
      all.delete(onHint);
      if (all.size === 0 && this.#listeners.get(id) === all) this.#listeners.delete(id);
    };
  }

  reap(id: string, retainMs: number): boolean {
    const log = this.#logs.get(id);
    if (log?.state !== 'open' || isLeased(log)) return false;
    log.epoch += 1;
    this.#close(id, log, log.stop === undefined ? { state: 'lost' } : { state: 'stopped', reason: log.stop }, retainMs);
    return true;
  }

  #takeOver(id: string, owner: string, leaseUntilMs: number, ttlMs: number): OpenedLog {
    const log = this.#existing(id);
    if (log.state !== 'open') throw new LogError('closed', id);
    if (isLeased(log)) throw new LogError('busy', id);
    log.epoch += 1;
    log.owner = owner;
    log.openedAt = log.seq;
    log.leaseUntilMs = leaseUntilMs;
    this.#expire(id, log, ttlMs);
    return { epoch: log.epoch, seq: log.seq };
  }

  #tell(id: string, hint: LogHint): void {
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener(hint);
  }

  #expire(id: string, log: MemoryLog, ms: number): void {
    log.expiry.unsubscribe();
    log.expiry = after(
      ms,
      () => {
        this.#logs.delete(id);
        this.#lastEpoch = Math.max(this.#lastEpoch, log.epoch);
        this.#tell(id, {});
      },
      false,
    );
  }

  #existing(id: string): MemoryLog {
    const log = this.#logs.get(id);
    if (!log) throw new LogError('not-found', id);
    return log;
  }

  #owned(id: string, epoch: number): MemoryLog {
    const log = this.#existing(id);
    if (log.epoch !== epoch) throw new LogError('fenced', id);
    return log;
  }

  #checkNext(id: string, log: MemoryLog, seq: number): void {
    if (log.state !== 'open') throw new LogError('closed', id);
    if (seq !== log.seq + 1) throw new LogError('gap', id, log.seq);
  }

  #put(id: string, log: MemoryLog, entry: LogEntry): void {
    log.entries.push(entry);
    log.seq = entry.last;
    this.#tell(id, { entry });
  }

  #close(id: string, log: MemoryLog, ending: LogEnding, retainMs: number): void {
    const seq = log.seq + 1;
    log.state = ending.state;
    this.#expire(id, log, retainMs);
    this.#put(id, log, { epoch: log.epoch, first: seq, last: seq, json: '[]', ending });
  }
}

const promised =
  <Args extends readonly unknown[], Result>(work: (...args: Args) => Result) =>
  (...args: Args): Promise<Result> =>
    new Promise((resolve) => {
      resolve(work(...args));
    });

/**
 * The engine inside the process: what it holds is gone when the process is. `memoryLog` is a log on it.
 *
 * @example What was written, as the engine has it
 * ```ts
 * import { logStart, memoryDriver } from 'rxllm/log';
 *
 * const driver = memoryDriver();
 * const { epoch } = await driver.open('a', { mode: 'create', owner: 'me', leaseMs: 15_000, ttlMs: 60_000 });
 * await driver.append('a', epoch, 1, ['"To"', '" be"']);
 *
 * await driver.read('a', logStart, 10); // => [{ epoch: 1, first: 1, last: 2, json: '["To"," be"]', ending: undefined }]
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const memoryDriver = (): LogDriver => {
  const engine = new MemoryEngine();
  return {
    open: promised((...args) => engine.open(...args)),
    append: promised((...args) => engine.append(...args)),
    end: promised((...args) => {
      engine.end(...args);
    }),
    renew: promised((...args) => engine.renew(...args)),
    stop: promised((...args) => engine.stop(...args)),
    state: promised((...args) => engine.state(...args)),
    read: promised((...args) => engine.read(...args)),
    tail: promised((...args) => engine.tail(...args)),
    reap: promised((...args) => engine.reap(...args)),
  };
};
