import { checkOption } from '../internal/checkOption.ts';

export interface BackoffOptions {
  /** Ceiling of the first wait, in milliseconds; it doubles from wait to wait. @defaultValue 500 */
  readonly firstDelayMs?: number | undefined;
  /** Ceiling of every wait, in milliseconds. @defaultValue 30_000 */
  readonly maxDelayMs?: number | undefined;
  /** Uniform source in [0, 1). @defaultValue Math.random */
  readonly random?: (() => number) | undefined;
}

/**
 * A wait before the nth retry (counted from 1), in milliseconds: exponential, with full jitter.
 *
 * The ceiling is capped first and the draw taken last, so that clients stay spread out even once all of
 * them have reached `maxDelayMs`.
 *
 * - **Errors:** throws `InvalidOptionError` for a negative or unbounded duration
 * - **Source:** "Exponential Backoff And Jitter", AWS Architecture Blog
 *
 * @example Ceilings of 500, 1000 and 2000 ms, drawn from in the middle
 * ```ts
 * import { backoffMs } from 'rxllm';
 *
 * [1, 2, 3].map((attempt) => backoffMs(attempt, { random: () => 0.5 })); // => [250, 500, 1000]
 * ```
 *
 * @category resilience
 * @since 0.1.0
 */
export function backoffMs(
  attempt: number,
  { firstDelayMs = 500, maxDelayMs = 30_000, random = Math.random }: BackoffOptions = {},
): number {
  checkOption('delayMs', 'firstDelayMs', firstDelayMs);
  checkOption('delayMs', 'maxDelayMs', maxDelayMs);
  // Doubled without end, no wait at all would come to NaN.
  return Math.floor(random() * Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 1_000)));
}
