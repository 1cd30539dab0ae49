import { from, lastValueFrom } from 'rxjs';

import { decodeDeltas } from '../../src/fused/decodeDeltas.ts';
import { filterHeartbeat } from '../../src/chunks/filterHeartbeat.ts';
import { parseChunk } from '../../src/chunks/parseChunk.ts';
import { takeUntilDone } from '../../src/chunks/takeUntilDone.ts';
import { toDeltas } from '../../src/chunks/toDeltas.ts';
import { accumulateDelta } from '../../src/completions/accumulateDelta.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { decodeFrames } from '../../src/frames/decodeFrames.ts';
import type { DecodeClient } from './DecodeClient.ts';

/** What `streamCompletion` does once it has bytes: a completion after every delta, the text of the last. */
export const rxllm = <Chunk>(dialect: Dialect<never, Chunk>): DecodeClient => ({
  name: 'rxllm',
  async decode(reads) {
    const { text } = await lastValueFrom(from(reads).pipe(decodeDeltas(dialect), accumulateDelta()));
    return text;
  },
});

/** The same from the operators that a user composes. */
export const rxllmPlain = <Chunk>(dialect: Dialect<never, Chunk>): DecodeClient => ({
  name: 'rxllm-plain',
  async decode(reads) {
    const completion$ = from(reads).pipe(
      decodeFrames(),
      filterHeartbeat(dialect),
      takeUntilDone(dialect),
      parseChunk(dialect),
      toDeltas(dialect),
      accumulateDelta(),
    );
    return (await lastValueFrom(completion$)).text;
  },
});
