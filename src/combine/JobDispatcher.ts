/**
 * Hand-written, because which job starts when hangs on free places, a clock and failures at once, and because jobs
 * are asked for one by one, which no operator does to an iterable.
 */
import {
  isObservable,
  Observable,
  type ObservableInput,
  Subject,
  type Subscriber,
  type Subscription,
  takeUntil,
  tap,
} from 'rxjs';

import { after } from '../internal/after.ts';
import type { StartPace } from './StartPace.ts';
import { WaitingValues } from './WaitingValues.ts';

/** A request to be run: a stream, or a function that makes one when its turn comes. */
export type PoolJob<T> = Observable<T> | (() => ObservableInput<T>);

/** A job, its place in the list, and how often it has been run before. */
export interface ListedJob<T> {
  readonly index: number;
  readonly job: PoolJob<T>;
  readonly runs: number;
}

export interface JobDispatcherOptions<T> {
  readonly jobs: Iterable<PoolJob<T>> | Observable<PoolJob<T>>;
  readonly concurrency: number;
  readonly maxQueued: number;
  readonly pace: StartPace;
}

/** Gives out jobs, in their order, when there is a place and the pace allows it. */
export class JobDispatcher<T> {
  readonly #options: JobDispatcherOptions<T>;
  /** What an Observable has given. */
  readonly #arrived: WaitingValues<PoolJob<T>>;
  /** Jobs to be run again: they come before any new one. */
  readonly #again: ListedJob<T>[] = [];
  /** Taken from the list, and waiting only for the clock. */
  #ahead: ListedJob<T> | undefined;
  #iterator: Iterator<PoolJob<T>> | undefined;
  #isExhausted = false;
  #count = 0;
  #running = 0;
  #isBusy = false;
  #out: Subscriber<ListedJob<T>> | undefined;
  #bell: Subscription | undefined;

  constructor(options: JobDispatcherOptions<T>) {
    this.#options = options;
    this.#arrived = new WaitingValues({ maxQueued: options.maxQueued, maxQueuedChars: Infinity });
  }

  /** The jobs as their turn comes; to be subscribed to once. */
  readonly starts = new Observable<ListedJob<T>>((out) => {
    const { jobs } = this.#options;
    const left = new Subject<void>();
    this.#out = out;
    out.add(() => {
      this.#bell?.unsubscribe();
      left.next();
      if (!this.#isExhausted) this.#iterator?.return?.();
    });
    if (isObservable(jobs)) this.#listenTo(jobs.pipe(takeUntil(left)), out);
    else this.#iterator = jobs[Symbol.iterator]();
    this.#advance();
  });

  /** Lists a job that is running once more. */
  runAgain({ runs, ...listed }: ListedJob<T>): void {
    const at = this.#again.findLastIndex(({ index }) => index < listed.index) + 1;
    this.#again.splice(at, 0, { ...listed, runs: runs + 1 });
  }

  /** To be called when a job is over, or waits to be run again. */
  free(): void {
    this.#running -= 1;
    this.#advance();
  }

  #listenTo(jobs: Observable<PoolJob<T>>, out: Subscriber<ListedJob<T>>): void {
    jobs
      .pipe(
        tap((job) => {
          this.#arrived.add(job);
        }),
      )
      .subscribe({
        next: () => {
          this.#advance();
        },
        error: (error: unknown) => {
          out.error(error);
        },
        complete: () => {
          this.#isExhausted = true;
          this.#advance();
        },
      });
  }

  #advance(): void {
    // A job that ends at once calls this again from within the loop, which goes on anyway.
    if (this.#isBusy || this.#out === undefined) return;
    this.#isBusy = true;
    try {
      this.#startAll(this.#out);
    } catch (error) {
      this.#out.error(error);
    }
    this.#isBusy = false;
  }

  #startAll(out: Subscriber<ListedJob<T>>): void {
    const { concurrency, pace } = this.#options;
    while (!out.closed && this.#running < concurrency) {
      const job = this.#again[0] ?? (this.#ahead ??= this.#pull());
      if (job === undefined) break;
      const waitMs = pace.waitMs();
      if (waitMs > 0) {
        this.#wakeAfter(waitMs);
        return;
      }
      if (this.#again.length > 0) this.#again.shift();
      else this.#ahead = undefined;
      pace.note();
      this.#running += 1;
      out.next(job);
    }
    if (this.#isExhausted && this.#running === 0 && this.#arrived.length === 0) out.complete();
  }

  #wakeAfter(ms: number): void {
    this.#bell?.unsubscribe();
    this.#bell = after(ms, () => {
      this.#advance();
    });
  }

  #pull(): ListedJob<T> | undefined {
    const job = this.#arrived.length > 0 ? this.#arrived.take() : this.#pullFromIterator();
    if (job === undefined) return undefined;
    const index = this.#count;
    this.#count += 1;
    return { index, job, runs: 0 };
  }

  #pullFromIterator(): PoolJob<T> | undefined {
    if (this.#iterator === undefined || this.#isExhausted) return undefined;
    let next: IteratorResult<PoolJob<T>> | undefined;
    try {
      next = this.#iterator.next();
    } finally {
      // One that throws is at its end, too.
      this.#isExhausted = next?.done !== false;
    }
    return next.done === true ? undefined : next.value;
  }
}
