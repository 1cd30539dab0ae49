import { asyncScheduler, catchError, Subscription, take } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { nextPaint } from '../ui/nextPaint.ts';
import { Tray } from './Tray.ts';
import type { Batch, Pace } from './WorkerMessage.ts';

/** How many messages may be on their way before the page has worked on one of them. */
const maxUntaken = 2;
/** How many deltas of one stream a message may hold. */
const maxBatch = 1_000;

/**
 * Posts the deltas of all streams, one message for each frame. A page that cannot keep up gets fewer and larger ones: what waits
 * is joined here, where it costs the page nothing.
 */
export class Outbox {
  pace: Pace = { maxWaitMs: undefined, minIntervalMs: undefined };
  readonly #post: (batches: readonly Batch[]) => void;
  readonly #onRefused: (stream: number, error: unknown) => void;
  readonly #trays = new Map<number, Tray>();
  #untaken = 0;
  #isDue = false;
  #isHurried = false;
  /** When it began to wait for a frame, and when it posted last. */
  #sinceMs = 0;
  #lastMs = -Infinity;
  #wake = Subscription.EMPTY;

  /** `onRefused` is told of what cannot be posted; by then all that came before it has been. */
  constructor(post: (batches: readonly Batch[]) => void, onRefused: (stream: number, error: unknown) => void) {
    this.#post = post;
    this.#onRefused = onRefused;
  }

  open(stream: number): void {
    this.#trays.set(stream, new Tray());
  }

  add(stream: number, delta: Delta): void {
    const isFirst = this.#trays.get(stream)?.add(delta) === true;
    if (isFirst || this.#isLate()) this.#hurry();
    else this.#await();
  }

  /** Until there is room for more deltas of a stream. */
  room(stream: number): Promise<void> {
    return this.#trays.get(stream)?.room() ?? Promise.resolve();
  }

  /** Posts what is left of a stream, whether or not the page keeps up. */
  finish(stream: number): void {
    for (let deltas = this.#take(stream); deltas.length > 0; deltas = this.#take(stream)) {
      this.#send([{ stream, deltas }]);
    }
    this.drop(stream);
  }

  /** Nobody wants any more of a stream. */
  drop(stream: number): void {
    this.#trays.get(stream)?.release();
    this.#trays.delete(stream);
    if (this.#trays.size === 0) this.#wake.unsubscribe();
  }

  /** The page has worked on a message. */
  taken(): void {
    this.#untaken = Math.max(0, this.#untaken - 1);
    if (this.#isDue) this.#offer();
  }

  #take(stream: number): readonly Delta[] {
    return this.#trays.get(stream)?.take(maxBatch) ?? [];
  }

  /** At once, together with what else the same read brings. */
  #hurry(): void {
    if (this.#isHurried) return;
    this.#isHurried = true;
    queueMicrotask(() => {
      this.#isHurried = false;
      this.#offer();
    });
  }

  /** Timers may be held back, as those of hidden tabs are; what comes from the network is not. */
  #isLate(): boolean {
    const { maxWaitMs = 100, minIntervalMs = 0 } = this.pace;
    return !this.#wake.closed && asyncScheduler.now() - this.#sinceMs >= Math.max(maxWaitMs, minIntervalMs);
  }

  #await(): void {
    if (this.#isDue || !this.#wake.closed) return;
    const { maxWaitMs = 100, minIntervalMs = 0 } = this.pace;
    this.#sinceMs = asyncScheduler.now();
    const restMs = Math.max(0, Math.min(minIntervalMs, this.#lastMs + minIntervalMs - asyncScheduler.now()));
    this.#wake = nextPaint('frame', maxWaitMs, restMs)
      // A worker that belongs to no page has frames by name only, and throws.
      .pipe(
        catchError(() => nextPaint('time', maxWaitMs, restMs)),
        take(1),
      )
      .subscribe({
        next: () => {
          this.#offer();
        },
        // Timers do not fail.
        error: () => undefined,
      });
  }

  #offer(): void {
    this.#wake.unsubscribe();
    this.#isDue = this.#untaken >= maxUntaken;
    if (this.#isDue) return;
    const batches = [...this.#trays.keys()].map((stream) => ({ stream, deltas: this.#take(stream) }));
    this.#lastMs = asyncScheduler.now();
    this.#send(batches.filter(({ deltas }) => deltas.length > 0));
    if ([...this.#trays.values()].some(({ isEmpty }) => !isEmpty)) this.#await();
  }

  #send(batches: readonly Batch[]): void {
    if (batches.length === 0) return;
    try {
      this.#post(batches);
      this.#untaken += 1;
    } catch (error) {
      this.#sendApart(batches, error);
    }
  }

  /** Finds what cannot be posted: it costs its own stream the rest, and no other anything. */
  #sendApart(batches: readonly Batch[], error: unknown): void {
    const [{ stream, deltas }, ...others] = batches as readonly [Batch, ...Batch[]];
    if (others.length > 0) for (const batch of batches) this.#send([batch]);
    else if (deltas.length === 1) {
      this.drop(stream);
      this.#onRefused(stream, error);
    } else for (const delta of deltas) if (this.#trays.has(stream)) this.#send([{ stream, deltas: [delta] }]);
  }
}
