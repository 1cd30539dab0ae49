import { asyncScheduler, Subscription, take } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { WaitingValues } from '../deltas/WaitingValues.ts';
import { nextPaint } from '../ui/nextPaint.ts';
import type { Pace } from './WorkerMessage.ts';

/** How many batches may be on their way before the page has worked on one of them. */
const maxUntaken = 2;

/**
 * Posts deltas in batches, one for each frame. A page that cannot keep up gets larger ones: what waits is joined here, where it
 * costs the page nothing.
 */
export class BatchPoster {
  readonly #post: (deltas: readonly Delta[]) => void;
  readonly #onError: (error: unknown) => void;
  readonly #pace: Pace;
  readonly #waiting = new WaitingValues<Delta>({ maxQueued: Infinity, maxQueuedChars: Infinity });
  #untaken = 0;
  #isDue = false;
  #hasPosted = false;
  #lastMs = -Infinity;
  #wake = Subscription.EMPTY;

  /** What cannot be posted, such as a value that cannot be cloned, goes to `onError`. */
  constructor(post: (deltas: readonly Delta[]) => void, onError: (error: unknown) => void, pace: Pace) {
    this.#post = post;
    this.#onError = onError;
    this.#pace = pace;
  }

  add(delta: Delta): void {
    this.#waiting.add(delta);
    if (this.#isDue || !this.#wake.closed) return;
    // The first one tells that the server has answered, and does not wait.
    if (this.#hasPosted) this.#await();
    else this.flush();
  }

  /** The page has worked on a batch. */
  taken(): void {
    this.#untaken -= 1;
    if (this.#isDue) this.#offer();
  }

  /** Posts what waits, whether or not the page keeps up. */
  flush(): void {
    this.close();
    this.#isDue = false;
    if (this.#waiting.length === 0) return;
    this.#hasPosted = true;
    this.#untaken += 1;
    this.#lastMs = asyncScheduler.now();
    this.#post(this.#waiting.takeAll());
  }

  close(): void {
    this.#wake.unsubscribe();
  }

  #await(): void {
    const { maxWaitMs = 100, minIntervalMs = 0 } = this.#pace;
    const restMs = Math.min(minIntervalMs, this.#lastMs + minIntervalMs - asyncScheduler.now());
    this.#wake = nextPaint('frame', maxWaitMs, Math.max(0, restMs))
      .pipe(take(1))
      .subscribe({
        next: () => {
          this.#isDue = true;
          this.#offer();
        },
        error: (error: unknown) => {
          this.#onError(error);
        },
      });
  }

  #offer(): void {
    if (this.#untaken < maxUntaken) this.flush();
  }
}
