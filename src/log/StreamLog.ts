import type { Observable } from 'rxjs';

import type { Cursor } from './Cursor.ts';
import type { LogState } from './LogDriver.ts';
import type { ProducerEnd } from './LogProducer.ts';
import type { LogReader, LogRecord } from './LogReader.ts';

export interface StartOptions {
  /**
   * How long a producer that says nothing is taken to be alive, in milliseconds; it says so three times as often. It must be longer
   * than the process ever stands still. @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
  /** How long a log is kept after its producer was last heard of, in milliseconds. @defaultValue 3_600_000 */
  readonly ttlMs?: number | undefined;
  /** How long it is kept after its end, in milliseconds. @defaultValue 600_000 */
  readonly retainMs?: number | undefined;
  /** The most events that it may hold; one more, and it ends as failed, with a `LimitError`. @defaultValue 1_000_000 */
  readonly maxEvents?: number | undefined;
  /** The most that its events may take as JSON, in bytes; beyond, it ends as failed, with a `LimitError`. @defaultValue 33_554_432 */
  readonly maxBytes?: number | undefined;
}

export interface LogOptions<T> {
  /** How long to wait for news before looking for them, in milliseconds. @defaultValue 5_000 */
  readonly pollMs?: number | undefined;
  /** How much of the end of each log that is read here is kept in memory, in bytes. @defaultValue 262_144 */
  readonly maxCacheBytes?: number | undefined;
  /**
   * Goes on with an answer whose producer died, given what there is of it; `undefined` lets it end as `lost`. Whichever server
   * notices first does it, and only that one. @defaultValue none: it ends as `lost`
   */
  readonly continueWith?: ((id: string, soFar: readonly T[]) => Observable<T> | undefined) | undefined;
  /** The lease and lifetimes of answers that are gone on with. */
  readonly continued?: StartOptions | undefined;
}

/** An answer that is being written, detached from whoever asked for it. */
export interface Generation {
  readonly id: string;
  /** How the writing ended; never rejects. `fenced` where another server has taken it over. */
  readonly ended: Promise<ProducerEnd>;
}

/**
 * Streams of events that outlive the requests they were made for: written once, read from any place by any number of readers, on
 * this server or on another.
 */
export interface StreamLog<T> {
  /**
   * Subscribes to `source` now and writes what it gives to a new log. An id stands for one answer: `LogError` `exists` where there is
   * one already.
   */
  start(id: string, source: Observable<T>, options?: StartOptions): Promise<Generation>;
  /** The records behind a place, from the beginning without one, and those to come; an error unless the answer truly ends. */
  follow(id: string, after?: Cursor): Observable<LogRecord<T>>;
  /** The same at the reader's own pace, for sockets. */
  open(id: string, after?: Cursor): Promise<LogReader<T>>;
  /** Asks the producer to stop, wherever it is; false if there is nothing to stop. */
  stop(id: string, reason?: string): Promise<boolean>;
  state(id: string): Promise<LogState | undefined>;
}
