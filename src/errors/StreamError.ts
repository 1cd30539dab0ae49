import type { AbortedError } from './AbortedError.ts';
import type { ApiError } from './ApiError.ts';
import type { ChunkParseError } from './ChunkParseError.ts';
import type { ContentTypeError } from './ContentTypeError.ts';
import type { HttpError } from './HttpError.ts';
import type { LimitError } from './LimitError.ts';
import type { LogError } from './LogError.ts';
import type { ModerationError } from './ModerationError.ts';
import type { NetworkError } from './NetworkError.ts';
import type { OutputError } from './OutputError.ts';
import type { StreamTimeoutError } from './StreamTimeoutError.ts';
import { TaggedError } from './TaggedError.ts';
import { ToolArgumentsError } from './ToolArgumentsError.ts';
import type { ToolError } from './ToolError.ts';
import type { TruncatedError } from './TruncatedError.ts';
import type { WorkerError } from './WorkerError.ts';

/** Everything that can end a stream early. Switch on `_tag`; `partial` is the answer so far. */
export type StreamError =
  | HttpError
  | ContentTypeError
  | NetworkError
  | ApiError
  | ChunkParseError
  | TruncatedError
  | StreamTimeoutError
  | AbortedError
  | LimitError
  | LogError
  | OutputError
  | ToolError
  | ModerationError
  | WorkerError;

/**
 * Tells the errors of a stream from any other, such as one thrown by a callback of your own.
 *
 * @example Narrow first, then switch on the tag
 * ```ts
 * import { isStreamError, TruncatedError } from 'rxllm';
 *
 * isStreamError(new TruncatedError()); // => true
 * isStreamError(new TypeError('mine')); // => false
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const isStreamError = (error: unknown): error is StreamError =>
  error instanceof TaggedError && !(error instanceof ToolArgumentsError);
