/**
 * A mistake in a call: thrown where the Observable or operator is built. Only a key or header that cannot be sent is
 * emitted, since it is asked for on subscription.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOptionError extends TypeError {
  readonly _tag = 'InvalidOptionError';
  override readonly name = 'InvalidOptionError';
  /** The option that is wrong, as it is spelt in the call. */
  readonly option: string;

  constructor(option: string, problem: string, options?: ErrorOptions) {
    super(`${option} ${problem}`, options);
    this.option = option;
  }
}
