import { identity, type OperatorFunction, pipe } from 'rxjs';

import { filterHeartbeat } from '../chunks/filterHeartbeat.ts';
import { parseChunk, type ParseChunkOptions } from '../chunks/parseChunk.ts';
import { takeUntilDone } from '../chunks/takeUntilDone.ts';
import { toDeltas, type ToDeltasOptions } from '../chunks/toDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { decodeFrames, type DecodeFramesOptions } from '../frames/decodeFrames.ts';
import { decodeLines } from '../frames/decodeLines.ts';
import type { Frame } from '../frames/Frame.ts';
import type { StreamSlice } from '../frames/StreamSlice.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { fuseDecoding, type Watch } from './fuseDecoding.ts';

export interface DecodeDeltasOptions extends DecodeFramesOptions, ParseChunkOptions, ToDeltasOptions {}

/**
 * From bytes to deltas in one operator: exactly what `decodeFrames` (for NDJSON `decodeLines`), `filterHeartbeat`,
 * `takeUntilDone`, `parseChunk` and `toDeltas` give one after the other.
 *
 * - **Shape:** `Observable<StreamSlice>` (bytes or text) to `Observable<Delta>`
 * - **Memory, Errors, Completes, Unsubscribe:** those of the five
 *
 * @example Deltas from bytes that came some other way than by fetch
 * ```ts
 * import { of, toArray } from 'rxjs';
 * import { decodeDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 *
 * let types: string[] = [];
 * of('data: {"id":"a","choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
 *   .pipe(decodeDeltas(openAiChat), toArray())
 *   .subscribe((deltas) => (types = deltas.map(({ type }) => type)));
 *
 * types; // => ['start', 'part-start', 'text', 'part-end', 'finish', 'end']
 * ```
 *
 * @example The body of a response that you fetched yourself
 * ```ts
 * import { from, lastValueFrom } from 'rxjs';
 * import { accumulateDelta, decodeDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
 * const init = { method: 'POST', body: '{"model":"m","stream":true,"messages":[]}' };
 * const response = await fetch('http://fake.test/v1/chat/completions', init);
 * const deltas$ = from(response.body ?? []).pipe(decodeDeltas(openAiChat));
 *
 * (await lastValueFrom(deltas$.pipe(accumulateDelta()))).text; // => 'Hi'
 * ```
 *
 * @category chunks
 * @since 0.1.0
 */
export const decodeDeltas = <Chunk>(
  dialect: Dialect<never, Chunk>,
  options: DecodeDeltasOptions = {},
): OperatorFunction<StreamSlice, Delta> => {
  checkOneOf('dialect.framing', dialect.framing, ['sse', 'ndjson']);
  const composed = (watch: Watch<Chunk> = identity): OperatorFunction<Frame, Delta> => {
    const { terminal } = dialect;
    const deltas = (choices?: number): ReturnType<Watch<Chunk>> => watch(dialect.deltas(choices));
    return pipe(
      filterHeartbeat(dialect),
      takeUntilDone(dialect),
      parseChunk(dialect, options),
      toDeltas({ terminal, deltas }, options),
    );
  };
  // Here, so that a mistake in the options is told at the call.
  const plain = composed();
  return (
    fuseDecoding(dialect, options, composed) ??
    pipe(dialect.framing === 'ndjson' ? decodeLines(options) : decodeFrames(options), plain)
  );
};
