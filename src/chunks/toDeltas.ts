import type { OperatorFunction } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import { operate } from '../internal/operate.ts';
import { checkOption } from '../internal/checkOption.ts';
import { FinishCount } from './FinishCount.ts';

export interface ToDeltasOptions {
  /** How many answers were asked for; the stream is whole once each has its stop reason. @defaultValue 1 */
  readonly expectedChoices?: number | undefined;
}

/**
 * Maps a provider's chunks to deltas, and judges how the stream ended.
 *
 * - **Shape:** `Observable<Chunk>` to `Observable<Delta>`; 0..n per chunk. `start` comes first, `end` last
 * - **Errors:** `TruncatedError` when the source ends before every choice has its stop reason. Errors of the source pass
 *   through until then; once the answer is whole, an error of the stream only ends it, and `usage` may be missing
 * - **Completes:** right after `end`
 *
 * ```marble
 * chunks  a--b--f--u-#       f: stop reason   u: usage   #: connection reset
 * deltas  s--t--f--u-(e|)    s: start   t: text   e: end, for the answer was whole
 * ```
 *
 * ```marble
 * chunks  a--b--|    no stop reason
 * deltas  s--t--#    #: TruncatedError
 * ```
 *
 * @example An answer without its stop reason is an error, not a short answer
 * ```ts
 * import { of } from 'rxjs';
 * import { decodeFrames, parseChunk, takeUntilDone, toDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * const seen: string[] = [];
 * of('data: {"id":"a","choices":[{"delta":{"content":"Hel"}}]}\n\ndata: [DONE]\n\n')
 *   .pipe(decodeFrames(), takeUntilDone(openAiChat), parseChunk(openAiChat), toDeltas(openAiChat))
 *   .subscribe({ next: ({ type }) => seen.push(type), error: ({ _tag }) => seen.push(_tag) });
 *
 * seen; // => ['start', 'part-start', 'text', 'TruncatedError']
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export function toDeltas<Chunk>(
  dialect: Pick<Dialect<never, Chunk>, 'deltas' | 'terminal'>,
  { expectedChoices = 1 }: ToDeltasOptions = {},
): OperatorFunction<Chunk, Delta> {
  checkOption('bound', 'expectedChoices', expectedChoices);
  return operate((out) => {
    const map = dialect.deltas(expectedChoices);
    const count = new FinishCount();
    /** Chunks before the first that said something; `undefined` once one has. */
    let emptyChunks: number | undefined = 0;
    const end = (): void => {
      out.next({ type: 'end' });
      out.complete();
    };
    return {
      next(chunk) {
        const deltas = map(chunk);
        if (deltas.length > 0) emptyChunks = undefined;
        else if (emptyChunks !== undefined) emptyChunks += 1;
        for (const delta of deltas) {
          count.note(delta);
          out.next(delta);
        }
      },
      complete() {
        if (count.isWhole(expectedChoices) || dialect.terminal !== 'stop-reason') end();
        else out.error(new TruncatedError({ finishedChoices: count.finished, expectedChoices, emptyChunks }));
      },
      error(error) {
        // Whoever aborts wants no ending, and learns that it was an abort.
        if (count.isWhole(expectedChoices) && isStreamError(error) && error._tag !== 'AbortedError') end();
        else out.error(error);
      },
    };
  });
}
