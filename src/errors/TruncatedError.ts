import { TaggedError } from './TaggedError.ts';

export interface TruncatedErrorFields {
  /** What did not arrive. @defaultValue 'stop-reason' */
  readonly missing?: 'stop-reason' | 'marker' | undefined;
  /** Choices whose stop reason had arrived. @defaultValue 0 */
  readonly finishedChoices?: number | undefined;
  /** Choices that were asked for. @defaultValue 1 */
  readonly expectedChoices?: number | undefined;
  /** Chunks that came, where none of them said anything: somebody else's stream looks like that. @defaultValue 0 */
  readonly emptyChunks?: number | undefined;
}

/**
 * The stream ended before the stop reason of every choice had arrived: the answer is not whole.
 *
 * @category errors
 * @since 0.1.0
 */
export class TruncatedError extends TaggedError {
  readonly _tag = 'TruncatedError';
  override readonly name = 'TruncatedError';
  readonly isRetryable = true;
  readonly missing: 'stop-reason' | 'marker';
  readonly finishedChoices: number;
  readonly expectedChoices: number;

  constructor(
    { missing = 'stop-reason', finishedChoices = 0, expectedChoices = 1, emptyChunks = 0 }: TruncatedErrorFields = {},
    options?: ErrorOptions,
  ) {
    const ended = `the stream ended before its ${missing === 'marker' ? 'closing marker' : 'stop reason'}`;
    const count = expectedChoices === 1 ? '' : ` (${finishedChoices} of ${expectedChoices} choices were finished)`;
    const hint =
      emptyChunks === 0 ? '' : `; ${emptyChunks} chunks came and none said anything: is it the right dialect?`;
    super(`${ended}${count}: the answer is cut short${hint}`, options);
    this.missing = missing;
    this.finishedChoices = finishedChoices;
    this.expectedChoices = expectedChoices;
  }
}
