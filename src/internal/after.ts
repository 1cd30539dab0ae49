import { asyncScheduler, Subscription } from 'rxjs';

/** Calls back once, after so many milliseconds; never, if that is longer than a timer can wait. */
export const after = (ms: number, callback: () => void): Subscription =>
  ms < 2 ** 31 ? asyncScheduler.schedule(callback, ms) : Subscription.EMPTY;
