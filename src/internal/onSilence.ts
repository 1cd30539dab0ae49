import { asyncScheduler, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';

import { after } from './after.ts';
import { operate } from './operate.ts';

export interface OnSilenceOptions<T> {
  /** How long after subscription the first sign of life may take, in milliseconds; `Infinity` for any time. */
  readonly firstMs: number;
  /** How long there may be silence from then on, in milliseconds; `Infinity` for any time. */
  readonly eachMs: number;
  /** Whether a value is the first sign of life. @defaultValue any is */
  readonly isFirst?: (value: T) => boolean;
  /** Called with each value before it goes on. */
  readonly onValue?: (value: T) => void;
  /** What to do when it stays silent; writes to the subscriber as any stage does. */
  readonly onSilent: (hasBegun: boolean) => void;
}

/**
 * Watches a stream for silence, with one timer whatever comes: a value only notes the time, and a timer
 * that rings too early is wound again for the rest. (`timeout` winds one for every value.)
 */
export const onSilence = <T>(
  options: (out: { next(value: T): void; error(error: unknown): void; complete(): void }) => OnSilenceOptions<T>,
): MonoTypeOperatorFunction<T> =>
  operate((out) => {
    const { firstMs, eachMs, isFirst, onValue, onSilent } = options(out);
    let hasBegun = false;
    let lastAtMs = asyncScheduler.now();
    let bell: Subscription | undefined;

    const wind = (ms: number): void => {
      bell?.unsubscribe();
      bell = after(ms, ring);
    };
    const ring = (): void => {
      const leftMs = lastAtMs + (hasBegun ? eachMs : firstMs) - asyncScheduler.now();
      if (leftMs > 0) wind(leftMs);
      else onSilent(hasBegun);
    };

    wind(firstMs);
    out.add(() => bell?.unsubscribe());
    return {
      next(value) {
        if (hasBegun) lastAtMs = asyncScheduler.now();
        else if (isFirst?.(value) ?? true) {
          hasBegun = true;
          lastAtMs = asyncScheduler.now();
          wind(eachMs);
        }
        onValue?.(value);
        out.next(value);
      },
    };
  });
