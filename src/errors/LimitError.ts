import { TaggedError } from './TaggedError.ts';

/**
 * A buffer outgrew its bound; `option` names the bound and how to raise it.
 *
 * @category errors
 * @since 0.1.0
 */
export class LimitError extends TaggedError {
  readonly _tag = 'LimitError';
  override readonly name = 'LimitError';
  readonly isRetryable = false;
  /** The option that sets the bound; its name ends in the unit. */
  readonly option: string;
  readonly limit: number;

  constructor(option: string, limit: number, options?: ErrorOptions) {
    super(`the stream exceeded ${option} (${limit}); raise it if such an answer is expected`, options);
    this.option = option;
    this.limit = limit;
  }
}
