import type { Completion } from '../completions/Completion.ts';

/**
 * What every error of a stream has in common: a literal `_tag` to switch on, whether another
 * attempt may help, and the answer as far as the consumer had seen it.
 *
 * @category errors
 * @since 0.1.0
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
    // A true Error, so that runtimes and loggers take it for one, made an instance of this class.
    const error = new Error(this.message, this.cause === undefined ? {} : { cause: this.cause });
    const copy = Object.setPrototypeOf(error, Object.getPrototypeOf(this) as object) as this;
    // Where it arose, not where it was copied; formatting a stack is dear, so it waits until somebody looks.
    Object.defineProperty(copy, 'stack', { get: () => this.stack, configurable: true });
    Object.assign(copy, this, { partial });
    return copy;
  }
}
