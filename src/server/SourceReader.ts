import { type Observable, Subject, takeUntil } from 'rxjs';

import { LimitError } from '../errors/LimitError.ts';
import { cursorOf, type LogPlace, logStart } from '../log/Cursor.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';
import type { LogBatch, LogRecord } from '../log/LogReader.ts';
import { utf8Bytes } from '../ui/utf8Bytes.ts';
import type { FeedReader } from './FrameFeed.ts';

/** How many events may have been read before the list of those that wait is made anew. */
const maxRead = 1_024;

/**
 * A source as a log is read, for one reader that nobody comes back to: what has been read is forgotten. It subscribes when it is
 * first read, and unsubscribes when it is closed.
 */
export class SourceReader<T> implements FeedReader<T> {
  onWake: () => void = () => undefined;
  readonly id: string;
  readonly isOnce = true;
  readonly startedAt: LogPlace = logStart;
  readonly #source: Observable<T>;
  readonly #maxBytes: number;
  readonly #stopped = new Subject<void>();
  #waiting: { readonly record: LogRecord<T>; readonly bytes: number }[] = [];
  /** How many of them have been read. */
  #read = 0;
  #waitingBytes = 0;
  #seq = 0;
  #outcome: LogOutcome | undefined;
  #hasBegun = false;
  #isBeginning = false;
  #isDone = false;

  constructor(id: string, source: Observable<T>, maxBytes: number) {
    this.id = id;
    this.#source = source;
    this.#maxBytes = maxBytes;
  }

  get isAtEnd(): boolean {
    return this.#isDone;
  }

  poll(maxRecords = 512): LogBatch<T> | 'wait' | undefined {
    if (!this.#hasBegun) this.#begin();
    if (this.#isDone) return undefined;
    const records = this.#taken(maxRecords);
    const isLast = this.#waiting.length === 0 && this.#outcome !== undefined;
    if (records.length === 0 && !isLast) return 'wait';
    this.#isDone = isLast;
    return {
      records,
      outcome: isLast ? this.#outcome : undefined,
      cursor: cursorOf({ epoch: 1, seq: this.#seq + 1 }),
    };
  }

  /** There is no history to fetch. */
  page(): Promise<void> {
    return Promise.resolve();
  }

  reopen(): Promise<never> {
    return Promise.reject(new Error('a source is read once'));
  }

  close(): void {
    this.#hasBegun = true;
    this.#isDone = true;
    this.#waiting = [];
    this.#stopped.next();
  }

  #begin(): void {
    this.#hasBegun = true;
    // Whoever reads it gets what comes at once without being woken.
    this.#isBeginning = true;
    this.#source.pipe(takeUntil(this.#stopped)).subscribe({
      next: (event) => {
        try {
          this.#take(event);
        } catch (error) {
          this.#stop(error);
        }
      },
      error: (error: unknown) => {
        this.#end({ state: 'failed', error });
      },
      complete: () => {
        this.#end({ state: 'complete' });
      },
    });
    this.#isBeginning = false;
  }

  #take(event: T): void {
    this.#seq += 1;
    // What JSON has no word for takes no place there.
    const json = JSON.stringify(event) as string | undefined;
    const bytes = utf8Bytes(json ?? '');
    this.#waiting.push({ record: { cursor: cursorOf({ epoch: 1, seq: this.#seq }), event }, bytes });
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > this.#maxBytes) throw new LimitError('maxBytes', this.#maxBytes);
    this.#wake();
  }

  /** What came until then is sent. */
  #stop(error: unknown): void {
    this.#end({ state: 'failed', error });
    this.#stopped.next();
  }

  #end(outcome: LogOutcome): void {
    this.#outcome ??= outcome;
    this.#wake();
  }

  #wake(): void {
    if (!this.#isBeginning) this.onWake();
  }

  #taken(maxRecords: number): readonly LogRecord<T>[] {
    const taken = this.#waiting.slice(this.#read, this.#read + maxRecords);
    this.#read += taken.length;
    for (const { bytes } of taken) this.#waitingBytes -= bytes;
    if (this.#read === this.#waiting.length || this.#read > maxRead) {
      this.#waiting = this.#waiting.slice(this.#read);
      this.#read = 0;
    }
    return taken.map(({ record }) => record);
  }
}
