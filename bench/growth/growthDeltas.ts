import type { Delta } from '../../src/deltas/Delta.ts';
import type { GrowthFeed, GrowthKind } from './GrowthClient.ts';
import { differentPieces, growthPiece } from './growthPieces.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const bytes = new Map<GrowthKind, readonly Uint8Array[]>();

const bytesOf = (kind: GrowthKind): readonly Uint8Array[] => {
  const known = bytes.get(kind);
  if (known) return known;
  const made = Array.from({ length: differentPieces }, (_, index) =>
    encoder.encode(growthPiece(index + differentPieces, kind)),
  );
  bytes.set(kind, made);
  return made;
};

/** An answer as deltas, made as they are read: each with a string of its own, as it would have off a network. */
export function* growthDeltas({ kind, deltas, passing }: GrowthFeed): Generator<Delta> {
  const pieces = bytesOf(kind);
  yield { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 };
  for (let index = 0; index < deltas; index += 1) {
    if (index % 64 === 0) passing(index);
    const text = index === 0 ? growthPiece(0, kind) : decoder.decode(pieces[index % differentPieces]);
    if (kind === 'arguments') {
      const isFirst = index === 0 && { id: 'call_1', name: 'write' };
      yield {
        type: 'tool-call',
        choice: 0,
        part: 0,
        argumentsText: text,
        input: 'json',
        executedBy: 'client',
        ...isFirst,
      };
    } else yield { type: 'text', choice: 0, part: 0, text };
    if (kind !== 'logprobs') continue;
    const bytesOfToken = [...(pieces[index % differentPieces] ?? [])];
    const content = [{ token: text, logprob: -0.125, bytes: bytesOfToken, topLogprobs: [] }];
    yield { type: 'logprobs', choice: 0, content, refusal: [] };
  }
  passing(deltas);
  yield { type: 'finish', choice: 0, reason: kind === 'arguments' ? 'tool-calls' : 'stop', raw: 'stop' };
}
