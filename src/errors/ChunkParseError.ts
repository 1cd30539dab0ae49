import type { Frame } from '../frames/Frame.ts';
import { TaggedError } from './TaggedError.ts';

export interface ChunkParseErrorFields {
  readonly dialect: string;
  readonly frame: Frame;
  /** Where the first mismatch is, such as `choices.0.delta.content`; empty when the data is not JSON. */
  readonly path: string;
  /** What is wrong there. */
  readonly problem: string;
}

/**
 * A frame's data is not JSON, or JSON of another shape than the dialect's chunks.
 *
 * @category errors
 * @since 0.1.0
 */
export class ChunkParseError extends TaggedError {
  readonly _tag = 'ChunkParseError';
  override readonly name = 'ChunkParseError';
  readonly isRetryable = false;
  readonly dialect: string;
  readonly frame: Frame;
  readonly path: string;
  /** What is wrong there. */
  readonly problem: string;

  constructor({ dialect, frame, path, problem }: ChunkParseErrorFields, options?: ErrorOptions) {
    super(`not a chunk of ${dialect}: ${path === '' ? problem : `${path} ${problem}`}`, options);
    this.dialect = dialect;
    this.frame = frame;
    this.path = path;
    this.problem = problem;
  }
}
