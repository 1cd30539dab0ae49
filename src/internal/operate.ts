/**
 * Hand-written, because the composed form costs too much where it stands: `concatMap` to arrays takes
 * about 250 ns a value, this 20 (`npm run bench -- decode`). `test/internal/operate.test.ts` holds it
 * to what the composed form does: synchronous and re-entrant sources, early leaving, thrown errors.
 */
import { Observable, type OperatorFunction, Subscriber } from 'rxjs';

/** What an operator makes of its source, for one subscription; what it leaves out is passed on. */
export interface Stage<In> {
  next(value: In): void;
  error?(error: unknown): void;
  complete?(): void;
}

/* eslint-disable @typescript-eslint/no-deprecated, rxjs-x/no-subclass --
   RxJS 7 has no other way to leave a synchronous source while it is still being subscribed to. */
class StageSubscriber<In, Out> extends Subscriber<In> {
  readonly #out: Subscriber<Out>;
  readonly #stage: Stage<In>;
  #isBusy = false;
  /** What arrived while a value was being worked on: its turn comes after that value's results. */
  readonly #waiting: (() => void)[] = [];

  constructor(out: Subscriber<Out>, stage: Stage<In>) {
    super(out);
    this.#out = out;
    this.#stage = stage;
  }

  protected override _next(value: In): void {
    if (this.#isBusy) {
      this.#waiting.push(() => {
        this.#stage.next(value);
      });
      return;
    }
    this.#isBusy = true;
    try {
      this.#stage.next(value);
      while (this.#waiting.length > 0 && !this.closed) this.#waiting.shift()?.();
    } catch (error) {
      this.#out.error(error);
    }
    this.#isBusy = false;
  }

  protected override _error(error: unknown): void {
    this.#finish(() => {
      if (this.#stage.error) this.#stage.error(error);
      else this.#out.error(error);
    });
  }

  protected override _complete(): void {
    this.#finish(() => {
      if (this.#stage.complete) this.#stage.complete();
      else this.#out.complete();
    });
  }

  #finish(turn: () => void): void {
    if (this.#isBusy) {
      this.#waiting.push(() => {
        this.#end(turn);
      });
    } else this.#end(turn);
  }

  #end(turn: () => void): void {
    try {
      turn();
    } catch (error) {
      this.#out.error(error);
    } finally {
      this.unsubscribe();
    }
  }
}
/* eslint-enable @typescript-eslint/no-deprecated, rxjs-x/no-subclass */

/**
 * An operator from a function that is called once per subscription and gets the subscriber to write to.
 *
 * Writing to a subscriber that has left does nothing, so a stage may write all that it has.
 */
export const operate =
  <In, Out>(stage: (out: Subscriber<Out>) => Stage<In>): OperatorFunction<In, Out> =>
  (source) =>
    new Observable((out) => source.subscribe(new StageSubscriber(out, stage(out))));
