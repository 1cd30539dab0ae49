import { shortened } from './shortened.ts';
import { TaggedError } from './TaggedError.ts';

export interface OutputErrorFields {
  /** `syntax`: not JSON; `incomplete`: it ended too soon; `shape`: JSON, but not what the codec asks for. */
  readonly reason: 'syntax' | 'incomplete' | 'shape';
  /** What is wrong. */
  readonly problem: string;
  /** Where in the value, such as `items.3.price`; empty for the whole of it. */
  readonly path: string;
  /**
   * Where in the text, in UTF-16 code units from its beginning: the first character that cannot stand there, or, where
   * the text ended too soon or the shape is wrong, how much of it had been read.
   */
  readonly position: number;
}

/**
 * The model's output is not the JSON that was asked for.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutputError extends TaggedError implements OutputErrorFields {
  readonly _tag = 'OutputError';
  override readonly name = 'OutputError';
  readonly isRetryable = false;
  readonly reason: OutputErrorFields['reason'];
  readonly problem: string;
  readonly path: string;
  readonly position: number;

  constructor({ reason, problem, path, position }: OutputErrorFields, options?: ErrorOptions) {
    super(`the output is not what was asked for: ${path === '' ? 'it' : shortened(path)} ${problem}`, options);
    this.reason = reason;
    this.problem = problem;
    this.path = path;
    this.position = position;
  }
}
