import type { Delta, Dialect } from 'rxllm';

/** The deltas that a dialect makes of chunks, each of which its codec must let through. */
export const mapped = (dialect: Dialect, chunks: readonly object[]): readonly Delta[] => {
  const map = dialect.deltas();
  return chunks.flatMap((chunk) => {
    // As they come off the wire.
    const json: unknown = JSON.parse(JSON.stringify(chunk));
    if (!dialect.chunk.is(json)) throw new Error(`no chunk of ${dialect.name}: ${JSON.stringify(chunk)}`);
    return map(json);
  });
};
