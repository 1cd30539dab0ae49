import type { Completion } from '../completions/Completion.ts';

/**
 * What every error of a stream has in common: a literal `_tag` to switch on, whether another
 * attempt may help, and the answer as far as the consumer had seen it.
 */
export abstract class TaggedError extends Error {
  abstract readonly _tag: string;
  /** Whether the same request may succeed when it is sent again. */
  abstract readonly isRetryable: boolean;
  /** The last `Completion` that was seen before the error; set by `accumulateDelta`. */
  readonly partial: Completion | undefined = undefined;

  /** A copy that carries the answer so far. An error that carries one already is returned as it is. */
  withPartial(partial: Completion): this {
    if (this.partial !== undefined) return this;
    const copy = new Error(this.message, { cause: this.cause });
    Object.setPrototypeOf(copy, Object.getPrototypeOf(this) as object);
    // Where it arose, not where it was copied; formatting a stack is dear, so it waits until somebody looks.
    Object.defineProperty(copy, 'stack', { get: () => this.stack, configurable: true });
    return Object.assign(copy, this, { partial }) as this;
  }
}
