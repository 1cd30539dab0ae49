import { Subscription } from 'rxjs';

import { LogError } from '../errors/LogError.ts';
import { after } from '../internal/after.ts';
import { type LogPlace, logStart } from './Cursor.ts';
import type { LogCodec } from './LogCodec.ts';
import type { LogDriver, LogEntry, LogHint } from './LogDriver.ts';
import { contradicts, type LogPage, pageOf } from './LogPage.ts';

export interface HubOptions<T> {
  readonly codec: LogCodec<T>;
  readonly pollMs: number;
  readonly maxCacheBytes: number;
  readonly pageEntries: number;
  /** What to do about a log whose producer may have died; true if that has changed the log. */
  readonly rescue: (id: string) => Promise<boolean>;
}

/**
 * What this process knows of a log that somebody here reads, shared by all who do: where it ends, and its last entries.
 *
 * News comes as hints, which may be lost or doubled: one that does not follow on what is known makes it read the log itself.
 * Where none come for a while it looks by itself, since the last hint may have been the one that was lost.
 */
export class LogHub<T> {
  readonly id: string;
  readonly driver: LogDriver;
  readonly options: HubOptions<T>;
  head: LogPlace = logStart;
  hasEnded = false;
  failure: LogError | undefined;
  /** How many hold it. */
  readers = 0;
  readonly wakers = new Set<() => void>();
  #cache: LogPage<T>[] = [];
  #cacheBytes = 0;
  #refreshing: Promise<void> | undefined;
  /** How often reading on was asked for. */
  #asked = 0;
  #poll = Subscription.EMPTY;
  #untail: (() => void) | undefined;
  #isClosed = false;
  /** Settles once hints are on their way and the end of the log is known. */
  readonly ready: Promise<void>;

  constructor(id: string, driver: LogDriver, options: HubOptions<T>) {
    this.id = id;
    this.driver = driver;
    this.options = options;
    this.ready = this.#begin();
  }

  get cache(): readonly LogPage<T>[] {
    return this.#cache;
  }

  /** Waits until it is known whether a place is in this log. */
  async reach(place: LogPlace): Promise<void> {
    await this.ready;
    if (place.seq > this.head.seq || place.epoch > this.head.epoch) await this.refresh();
    const isAhead = place.epoch > this.head.epoch || (this.hasEnded && place.seq > this.head.seq);
    if (isAhead && !this.failure) throw new LogError('rolled-back', this.id);
    if (this.failure) throw this.failure;
    if (place.seq > 0 && place.epoch < this.head.epoch) await this.#checkIsThere(place);
  }

  /** Somebody read what does not go with what is known here: it is looked up whether that is still so. */
  doubt(): void {
    this.driver.state(this.id).then(
      (state) => {
        const isStill =
          state &&
          state.epoch >= this.head.epoch &&
          state.seq >= this.head.seq &&
          (!this.hasEnded || (state.state !== 'open' && state.seq === this.head.seq));
        if (!isStill && !this.failure) this.#fail(new LogError('rolled-back', this.id));
      },
      () => undefined,
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#poll.unsubscribe();
    this.#untail?.();
  }

  /** Reads what is behind the head. At any time there is one reading; whoever asks during it gets another one. */
  refresh(): Promise<void> {
    this.#asked += 1;
    if (this.#refreshing) return this.#refreshing;
    this.#refreshing = this.#readOn().finally(() => {
      this.#refreshing = undefined;
      this.#wake();
    });
    return this.#refreshing;
  }

  async #begin(): Promise<void> {
    // First the hints, then the state: what is written in between is told by both, and by neither the other way round.
    const untail = await this.driver.tail(this.id, (hint) => {
      this.#hear(hint);
    });
    if (this.#isClosed) untail();
    else this.#untail = untail;
    const state = await this.driver.state(this.id);
    if (state === undefined) throw new LogError('not-found', this.id);
    if (this.head.seq < state.seq) this.#forget({ epoch: state.epoch, seq: state.seq });
    else if (this.head.epoch < state.epoch) this.head = { ...this.head, epoch: state.epoch };
    this.hasEnded ||= state.state !== 'open';
    this.#schedule();
  }

  /** An engine that lost a producer along with all that it wrote has nothing behind what was read of it, and never will. */
  async #checkIsAhead(): Promise<void> {
    const state = await this.driver.state(this.id);
    if (state && state.epoch < this.head.epoch) this.#fail(new LogError('rolled-back', this.id));
  }

  /** A later producer may have begun before this place: then what was read there is in the log no more. */
  async #checkIsThere(place: LogPlace): Promise<void> {
    const [next] = await this.driver.read(this.id, place, 1);
    if (next && contradicts(next, place)) throw new LogError('rolled-back', this.id);
  }

  #forget(head: LogPlace): void {
    this.head = head;
    this.#cache = [];
    this.#cacheBytes = 0;
  }

  #hear({ entry }: LogHint): void {
    if (this.#isClosed || this.failure) return;
    // Of another producer the log itself is asked: this may not be the first that it wrote.
    if (entry && !this.#refreshing && entry.first === this.head.seq + 1 && entry.epoch === this.head.epoch) {
      this.#push(entry);
      this.#wake();
    } else if (!entry || contradicts(entry, this.head) || entry.last > this.head.seq) {
      this.#refreshQuietly();
      // The log has come back without what is known here: behind that there is nothing to read.
      if (entry && entry.epoch < this.head.epoch) this.doubt();
    }
  }

  /** What fails here is tried again at the next poll. */
  #refreshQuietly(): void {
    this.refresh().catch(() => undefined);
  }

  #push(entry: LogEntry): void {
    const head = { epoch: entry.epoch, seq: entry.last };
    this.hasEnded ||= entry.ending !== undefined;
    let page: LogPage<T>;
    try {
      page = pageOf(entry, this.id, this.options.codec);
    } catch {
      // The codec cannot read it. Whoever comes to it fetches it and is told.
      this.#forget(head);
      return;
    }
    this.#cache.push(page);
    this.#cacheBytes += page.bytes;
    this.head = head;
    let drop = 0;
    while (this.#cacheBytes > this.options.maxCacheBytes && drop < this.#cache.length - 1) {
      this.#cacheBytes -= this.#cache[drop]?.bytes ?? 0;
      drop += 1;
    }
    if (drop > 0) this.#cache = this.#cache.slice(drop);
  }

  async #readOn(): Promise<void> {
    const { pageEntries } = this.options;
    let asked: number;
    do {
      asked = this.#asked;
      for (let isMore = true; isMore && this.#isOfUse();) {
        const entries = await this.#page();
        isMore = entries.length === pageEntries;
        for (const entry of entries) this.#take(entry);
      }
    } while (this.#asked > asked && this.#isOfUse());
  }

  #isOfUse(): boolean {
    return !this.failure && !this.#isClosed;
  }

  async #page(): Promise<readonly LogEntry[]> {
    try {
      return await this.driver.read(this.id, this.head, this.options.pageEntries);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#fail(error);
      return [];
    }
  }

  #take(entry: LogEntry): void {
    if (this.failure) return;
    if (contradicts(entry, this.head)) this.#fail(new LogError('rolled-back', this.id));
    else if (entry.first > this.head.seq + 1) this.#fail(new LogError('rolled-back', this.id));
    else if (entry.last > this.head.seq) this.#push(entry);
  }

  #fail(error: LogError): void {
    this.failure = error;
    if (error.reason === 'rolled-back') this.#forget(this.head);
    this.#poll.unsubscribe();
    this.#wake();
  }

  #wake(): void {
    for (const waker of [...this.wakers]) waker();
  }

  #schedule(): void {
    if (this.#isClosed || this.hasEnded || this.failure) return;
    const waitMs = this.options.pollMs * (0.75 + Math.random() / 2);
    const again = (): void => {
      this.#schedule();
    };
    this.#poll = after(waitMs, () => void this.#look().then(again, again), false);
  }

  async #look(): Promise<void> {
    const { seq } = this.head;
    await this.refresh();
    const isQuiet = this.head.seq === seq && !this.hasEnded && !this.failure && !this.#isClosed;
    if (!isQuiet) return;
    if (await this.options.rescue(this.id)) await this.refresh();
    else await this.#checkIsAhead();
  }
}
