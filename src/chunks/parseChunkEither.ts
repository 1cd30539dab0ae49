import type { Either } from 'fp-ts/Either';
import type { OperatorFunction } from 'rxjs';

import type { Dialect } from '../dialects/Dialect.ts';
import type { StreamError } from '../errors/StreamError.ts';
import type { Frame } from '../frames/Frame.ts';
import { operate } from '../internal/operate.ts';
import { readChunk } from './readChunk.ts';

/**
 * Like `parseChunk`, with errors as values: a bad frame is a `Left`, and the stream goes on.
 *
 * - **Shape:** `Observable<Frame>` to `Observable<Either<StreamError, Chunk>>`; 0 to 2 per frame, since a frame may hold
 *   content and an error
 * - **Errors:** those of the source only
 * - **Completes:** with the source
 *
 * @example Counting what could not be read
 * ```ts
 * import { of } from 'rxjs';
 * import { decodeFrames, parseChunkEither } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * const tags: string[] = [];
 * of('data: oops\n\ndata: {"choices":[]}\n\n')
 *   .pipe(decodeFrames(), parseChunkEither(openAiChat))
 *   .subscribe((either) => tags.push(either._tag));
 *
 * tags; // => ['Left', 'Right']
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export function parseChunkEither<Chunk>(
  dialect: Pick<Dialect<never, Chunk>, 'name' | 'chunk' | 'errorIn'>,
): OperatorFunction<Frame, Either<StreamError, Chunk>> {
  const read = readChunk(dialect);
  return operate((out) => ({
    next(frame) {
      const { chunk, error } = read(frame);
      if (chunk !== undefined) out.next({ _tag: 'Right', right: chunk });
      if (error !== undefined) out.next({ _tag: 'Left', left: error });
    },
  }));
}
