import type { OperatorFunction } from 'rxjs';

import type { Dialect } from '../dialects/Dialect.ts';
import type { Frame } from '../frames/Frame.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { operate } from '../internal/operate.ts';
import { readChunk } from './readChunk.ts';

export interface ParseChunkOptions {
  /**
   * What to do about a frame that is not JSON or not of the dialect's shape: end the stream with a
   * `ChunkParseError`, or leave the frame out. @defaultValue 'error'
   */
  readonly onInvalid?: 'error' | 'skip' | undefined;
}

/**
 * Parses the JSON of each frame and checks it against the dialect's shape.
 *
 * - **Shape:** `Observable<Frame>` to `Observable<Chunk>`; 0 or 1 chunk per frame. Fields that nobody knows pass through
 * - **Errors:** `ApiError` where a frame reports one, after the content of that frame; `ChunkParseError` with the frame
 *   and the path of the mismatch, unless `onInvalid` is `'skip'`
 * - **Completes:** with the source
 *
 * @example A chunk of the wrong shape says where it is wrong
 * ```ts
 * import { of } from 'rxjs';
 * import { decodeFrames, parseChunk } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * let message = '';
 * of('data: {"choices":[{"delta":{"content":5}}]}\n\n')
 *   .pipe(decodeFrames(), parseChunk(openAiChat))
 *   .subscribe({ error: (error: Error) => (message = error.message) });
 *
 * message; // => 'not a chunk of openai-chat: choices.0.delta.content is a number, expected string or an array or null'
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export function parseChunk<Chunk>(
  dialect: Pick<Dialect<never, Chunk>, 'name' | 'chunk' | 'errorIn'>,
  { onInvalid = 'error' }: ParseChunkOptions = {},
): OperatorFunction<Frame, Chunk> {
  checkOneOf('onInvalid', onInvalid, ['error', 'skip']);
  const read = readChunk(dialect);
  return operate((out) => ({
    next(frame) {
      const { chunk, error } = read(frame);
      if (chunk !== undefined) out.next(chunk);
      if (error !== undefined && (error._tag === 'ApiError' || onInvalid === 'error')) out.error(error);
    },
  }));
}
