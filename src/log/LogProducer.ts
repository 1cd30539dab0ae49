import { asyncScheduler, Subscription } from 'rxjs';

import { LimitError } from '../errors/LimitError.ts';
import { LogError } from '../errors/LogError.ts';
import { after } from '../internal/after.ts';
import { utf8Bytes } from '../ui/utf8Bytes.ts';
import type { LogDriver, LogEnding, OpenedLog } from './LogDriver.ts';
import { persist } from './persist.ts';

export interface ProducerOptions {
  readonly leaseMs: number;
  readonly ttlMs: number;
  readonly retainMs: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** The longest row of events that is written at once. */
  readonly maxBatchEvents: number;
}

/** How the writing ended: as the log did, or because another producer writes it now. */
export type ProducerEnd = LogEnding | { readonly state: 'fenced' };

/**
 * Writes a log. One batch is under way at any time; what arrives in the meantime is the next one, so that batches grow with the
 * time that the engine takes, and nothing ever waits for a clock.
 */
export class LogProducer {
  readonly id: string;
  readonly ended: Promise<ProducerEnd>;
  /** Called when no more events are wanted; how it ends is known by then. */
  onStop: () => void = () => undefined;
  readonly #driver: LogDriver;
  readonly #options: ProducerOptions;
  readonly #epoch: number;
  /** The number before that of `#kept[0]`, and of the last event that the engine has. */
  readonly #base: number;
  #written: number;
  /** All that was written: an engine that loses it, and keeps the producer, gets it again. */
  readonly #kept: string[] = [];
  #waiting: string[] = [];
  #count = 0;
  #bytes = 0;
  #ending: LogEnding | undefined;
  #isWriting = false;
  #isOver = false;
  #resolve: (end: ProducerEnd) => void = () => undefined;
  #leaseUntilMs: number;
  #beat = Subscription.EMPTY;
  #untail: (() => void) | undefined;

  constructor(id: string, driver: LogDriver, opened: OpenedLog, options: ProducerOptions) {
    this.id = id;
    this.#driver = driver;
    this.#options = options;
    this.#epoch = opened.epoch;
    this.#base = this.#written = opened.seq;
    this.#leaseUntilMs = asyncScheduler.now() + options.leaseMs;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#scheduleBeat();
    this.#listen().catch(() => undefined);
  }

  /** One event, as JSON. Throws `LimitError`. */
  write(json: string): void {
    if (this.#ending || this.#isOver) return;
    const { maxEvents, maxBytes } = this.#options;
    this.#count += 1;
    this.#bytes += utf8Bytes(json);
    if (this.#count > maxEvents) throw new LimitError('maxEvents', maxEvents);
    if (this.#bytes > maxBytes) throw new LimitError('maxBytes', maxBytes);
    this.#waiting.push(json);
    this.#move();
  }

  /** What was written so far stays; then the log ends like this. */
  end(ending: LogEnding): void {
    if (this.#ending || this.#isOver) return;
    this.#ending = ending;
    this.#move();
  }

  /** Leaves the log as it is, as a process does that dies. */
  abandon(): void {
    this.#finish({ state: 'lost' });
  }

  #move(): void {
    if (this.#isWriting || this.#isOver) return;
    const isLast = this.#waiting.length === 0;
    if (isLast && !this.#ending) return;
    this.#isWriting = true;
    (isLast ? this.#writeEnding(this.#ending as LogEnding) : this.#writeBatch()).then(
      () => {
        this.#isWriting = false;
        this.#move();
      },
      (error: unknown) => {
        this.#die(error);
      },
    );
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, this.#options.maxBatchEvents);
    this.#waiting = this.#waiting.slice(batch.length);
    await this.#healing(async () => {
      const { stop } = await this.#driver.append(this.id, this.#epoch, this.#written + 1, batch);
      this.#heed(stop);
    });
    this.#written += batch.length;
    for (const json of batch) this.#kept.push(json);
  }

  async #writeEnding(ending: LogEnding): Promise<void> {
    await this.#healing(() =>
      this.#driver.end(this.id, this.#epoch, this.#written + 1, ending, this.#options.retainMs),
    );
    this.#finish(ending);
  }

  /** Does an operation; where the engine has lost what it had acknowledged, that is written again first. */
  async #healing(operation: () => Promise<void>): Promise<void> {
    const again = <T>(work: () => Promise<T>): Promise<T> => persist(work, () => !this.#isOver, Infinity);
    for (;;) {
      try {
        await again(operation);
        return;
      } catch (error) {
        const at = error instanceof LogError && error.reason === 'gap' ? (error.seq ?? -1) : -1;
        if (at < this.#base) throw error;
        const lost = this.#kept.slice(at - this.#base);
        await again(() => this.#driver.append(this.id, this.#epoch, at + 1, lost));
      }
    }
  }

  async #listen(): Promise<void> {
    const untail = await persist(
      () =>
        this.#driver.tail(this.id, ({ stop }) => {
          this.#heed(stop);
        }),
      () => !this.#isOver,
    );
    if (this.#isOver) untail();
    else this.#untail = untail;
  }

  #heed(stop: string | undefined): void {
    if (stop === undefined || this.#ending || this.#isOver) return;
    this.end({ state: 'stopped', reason: stop });
    this.onStop();
  }

  #scheduleBeat(): void {
    const { leaseMs } = this.#options;
    const tooLate = (): void => {
      this.#die(new Error('the lease was not renewed in time'));
    };
    const beat = (): void => {
      // A client that queues its commands may keep the answer back for as long as its engine is away. After a freeze of this process
      // the answer may be here, and have to be read: hence two timers.
      this.#beat = after(
        leaseMs,
        () => {
          this.#beat = after(leaseMs / 3, tooLate, false);
        },
        false,
      );
      this.#renew()
        .finally(() => {
          this.#beat.unsubscribe();
        })
        .then(
          () => {
            if (!this.#isOver) this.#scheduleBeat();
          },
          (error: unknown) => {
            this.#die(error);
          },
        );
    };
    // What keeps a process alive is the source.
    this.#beat = after(leaseMs / 3, beat, false);
  }

  async #renew(): Promise<void> {
    const { leaseMs, ttlMs } = this.#options;
    const askedAtMs = asyncScheduler.now();
    try {
      const { stop } = await this.#driver.renew(this.id, this.#epoch, leaseMs, ttlMs);
      this.#leaseUntilMs = askedAtMs + leaseMs;
      this.#heed(stop);
    } catch (error) {
      // Nobody else can have ended it: the answer to its own ending is under way, or was lost.
      if (this.#ending && error instanceof LogError && error.reason === 'closed') {
        this.#finish(this.#ending);
        return;
      }
      // One that cannot say that it is alive is taken for dead, and must be.
      if (error instanceof LogError || asyncScheduler.now() >= this.#leaseUntilMs) throw error;
    }
  }

  #die(error: unknown): void {
    const isFenced = error instanceof LogError && (error.reason === 'fenced' || error.reason === 'closed');
    this.#finish({ state: isFenced ? 'fenced' : 'lost' });
  }

  #finish(end: ProducerEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#beat.unsubscribe();
    this.#untail?.();
    this.onStop();
    this.#resolve(end);
  }
}
