import { LogError } from '../errors/LogError.ts';
import { type Cursor, cursorOf, type LogPlace } from './Cursor.ts';
import type { LogEntry } from './LogDriver.ts';
import type { LogHub } from './LogHub.ts';
import type { LogOutcome } from './LogOutcome.ts';
import { contradicts, type LogPage, pageBytesOf, pageOf } from './LogPage.ts';
import { pause } from './pause.ts';
import { persist } from './persist.ts';

/** An event, and the place behind it. */
export interface LogRecord<T> {
  readonly cursor: Cursor;
  readonly event: T;
}

/** Some records in order; with `outcome`, the last ones of all. */
export interface LogBatch<T> {
  readonly records: readonly LogRecord<T>[];
  readonly outcome: LogOutcome | undefined;
  /** Behind the last of it. */
  readonly cursor: Cursor;
}

/** What a reader needs of the log that opened it. */
export interface ReaderWays<T> {
  readonly release: () => void;
  readonly reopen: (cursor: Cursor | undefined) => Promise<LogReader<T>>;
}

/** How much history a reader may hold, in bytes; one entry at least. */
const maxPageBytes = 65_536;

/** The first entries, as many as may be held; the others are fetched again, when their turn comes. */
const fitting = (entries: readonly LogEntry[]): readonly LogEntry[] => {
  let bytes = 0;
  const end = entries.findIndex(({ json }) => (bytes += pageBytesOf(json)) > maxPageBytes);
  return end < 0 ? entries : entries.slice(0, Math.max(1, end));
};

const isSamePlace = (one: LogPlace, other: LogPlace): boolean => one.epoch === other.epoch && one.seq === other.seq;

/** How often a page that should hold something may come empty, where an engine reads from a copy that lags. */
const maxEmptyPages = 20;

/**
 * A place in a log, and what comes behind it, for whoever reads at a pace of his own: it holds a place, and of history a page.
 *
 * Throws the `LogError` that ends the reading: `rolled-back` at once, any other once all that is there has been read.
 */
export class LogReader<T> {
  /** Called when there may be more to read. */
  onWake: () => void = () => undefined;
  readonly #hub: LogHub<T>;
  readonly #ways: ReaderWays<T>;
  /** Where it began, with the frame inside a record that its cursor named. */
  readonly startedAt: LogPlace;
  readonly #waker = (): void => {
    this.onWake();
  };
  #place: LogPlace;
  #page: readonly LogPage<T>[] | undefined;
  /** How many entries to fetch next: what can be held of them, and no more than twice as many. */
  #pageEntries = 32;
  #emptyPages = 0;
  #isDone = false;

  constructor(hub: LogHub<T>, place: LogPlace, ways: ReaderWays<T>, startedAt = place) {
    this.#hub = hub;
    this.#place = place;
    this.#ways = ways;
    this.startedAt = startedAt;
    hub.wakers.add(this.#waker);
  }

  get id(): string {
    return this.#hub.id;
  }

  get cursor(): Cursor {
    return cursorOf(this.#place);
  }

  /** How many records it is behind. */
  get lag(): number {
    return Math.max(0, this.#hub.head.seq - this.#place.seq);
  }

  /** Whether all has been read, or it was closed. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the log has ended, and all of it has been read. */
  get isAtEnd(): boolean {
    return this.#hub.hasEnded && this.#place.seq >= this.#hub.head.seq;
  }

  close(): void {
    if (!this.#hub.wakers.delete(this.#waker)) return;
    this.#isDone = true;
    this.#ways.release();
    this.onWake();
  }

  /**
   * What there is behind the place, without waiting: a batch; `wait` at the head, until `onWake`; `page` where history is
   * needed first: await `page()`; `undefined` when all has been read.
   */
  poll(maxRecords = 512): LogBatch<T> | 'wait' | 'page' | undefined {
    const { failure, head, hasEnded } = this.#hub;
    if (this.#isDone) return undefined;
    if (failure?.reason === 'rolled-back') throw failure;
    if (this.#place.seq >= head.seq) {
      if (failure) throw failure;
      if (!hasEnded) return 'wait';
      // The engine lost what was read here, and the log ended another way.
      if (!isSamePlace(this.#place, head)) throw this.#rolledBack();
      this.#isDone = true;
      return undefined;
    }
    const entries = this.#page ?? this.#fromCache();
    if (entries) return this.#batch(entries, maxRecords);
    if (failure) throw failure;
    return 'page';
  }

  /** Fetches history for the next `poll`. */
  async page(): Promise<void> {
    const { id, driver, options } = this.#hub;
    const entries = await persist(
      () => driver.read(id, this.#place, Math.min(this.#pageEntries, options.pageEntries)),
      () => !this.#isDone,
    );
    if (entries.length > 0) {
      const held = fitting(entries);
      this.#page = held.map((entry) => pageOf(entry, id, options.codec));
      this.#pageEntries = 2 * held.length;
      this.#emptyPages = 0;
      return;
    }
    this.#emptyPages += 1;
    // There is more, and yet nothing behind this place: then this place is not in this log.
    if (this.#emptyPages > maxEmptyPages) throw this.#rolledBack();
    await pause(20);
  }

  /** The next batch; `undefined` when all has been read. */
  async next(maxRecords?: number): Promise<LogBatch<T> | undefined> {
    for (;;) {
      const batch = this.poll(maxRecords);
      if (typeof batch !== 'string') return batch;
      if (batch === 'page') await this.page();
      else
        await new Promise<void>((resolve) => {
          this.onWake = resolve;
        });
    }
  }

  /** Another reader of the same log, from the beginning or behind a place. */
  reopen(after?: Cursor): Promise<LogReader<T>> {
    return this.#ways.reopen(after);
  }

  /** Either this place is in the log no more, or what is known of the log is out of date. */
  #rolledBack(): LogError {
    this.#hub.doubt();
    return new LogError('rolled-back', this.#hub.id);
  }

  #fromCache(): readonly LogPage<T>[] | undefined {
    const { cache } = this.#hub;
    const [oldest] = cache;
    if (!oldest || oldest.first > this.#place.seq + 1) return undefined;
    let from = cache.length - 1;
    while (from > 0 && (cache[from] as LogPage<T>).first > this.#place.seq + 1) from -= 1;
    // Only the log itself tells whether another producer went on from this place, or from before it.
    if (this.#place.seq > 0 && (cache[from] as LogPage<T>).epoch > this.#place.epoch) return undefined;
    return cache.slice(from);
  }

  #batch(entries: readonly LogPage<T>[], maxRecords: number): LogBatch<T> {
    const records: LogRecord<T>[] = [];
    let outcome: LogOutcome | undefined;
    for (const entry of entries) {
      if (entry.last <= this.#place.seq && entry.epoch <= this.#place.epoch) continue;
      if (contradicts(entry, this.#place) || entry.first > this.#place.seq + 1) {
        throw this.#rolledBack();
      }
      for (let seq = this.#place.seq + 1; seq <= entry.last && records.length < maxRecords; seq += 1) {
        this.#place = { epoch: entry.epoch, seq };
        if (entry.outcome) outcome = entry.outcome;
        else records.push({ cursor: cursorOf(this.#place), event: entry.events[seq - entry.first] as T });
      }
      if (records.length >= maxRecords) break;
    }
    if (outcome) this.#isDone = true;
    // What was fetched is read to its end; what is in the cache is there without it.
    const isReadOn = entries === this.#page && (entries.at(-1)?.last ?? 0) > this.#place.seq;
    if (!isReadOn) this.#page = undefined;
    return { records, outcome, cursor: this.cursor };
  }
}
