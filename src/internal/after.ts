import { asyncScheduler, Subscription } from 'rxjs';

/**
 * Calls back once, after so many milliseconds; never, if that is longer than a timer can wait. What is not worth staying for does
 * not keep a process alive.
 */
export const after = (ms: number, callback: () => void, isWorthStaying = true): Subscription => {
  if (ms >= 2 ** 31) return Subscription.EMPTY;
  const action = asyncScheduler.schedule(callback, ms);
  // The timer of the action; in a browser, and in virtual time, a number.
  if (!isWorthStaying) (action as { readonly id?: { readonly unref?: () => void } }).id?.unref?.();
  return action;
};
