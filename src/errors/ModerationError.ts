import { TaggedError } from './TaggedError.ts';

export interface ModerationErrorFields {
  /** What the check said, such as the category of the violation. */
  readonly reason: string;
  /** The choice and the part of it that the text is in. */
  readonly choice: number;
  readonly part: number;
  /** From where on the part's text is to be taken back, in UTF-16 code units; all before it had passed. */
  readonly fromChar: number;
}

/**
 * The answer's text did not pass the check. What of it may stay is in `partial` and before `fromChar`.
 *
 * @category errors
 * @since 0.1.0
 */
export class ModerationError extends TaggedError implements ModerationErrorFields {
  readonly _tag = 'ModerationError';
  override readonly name = 'ModerationError';
  readonly isRetryable = false;
  readonly reason: string;
  readonly choice: number;
  readonly part: number;
  readonly fromChar: number;

  constructor({ reason, choice, part, fromChar }: ModerationErrorFields, options?: ErrorOptions) {
    super(`the answer was stopped by moderation: ${reason}`, options);
    this.reason = reason;
    this.choice = choice;
    this.part = part;
    this.fromChar = fromChar;
  }
}
