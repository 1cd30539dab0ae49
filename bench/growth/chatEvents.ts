import type { GrowthFeed, GrowthKind } from './GrowthClient.ts';
import { differentPieces, growthPiece } from './growthPieces.ts';

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_763_683_200, model: 'm' };

const logprobsOf = (token: string): object => ({
  content: [{ token, logprob: -0.125, bytes: [...new TextEncoder().encode(token)], top_logprobs: [] }],
  refusal: null,
});

const deltaOf = (piece: string, kind: GrowthKind, isFirst: boolean): object => {
  if (kind !== 'arguments') return { content: piece };
  const call = isFirst ? { id: 'call_1', type: 'function' } : {};
  return { tool_calls: [{ index: 0, ...call, function: { ...(isFirst && { name: 'write' }), arguments: piece } }] };
};

const encoder = new TextEncoder();
const encode = (delta: object, logprobs: object | null = null, finish_reason: string | null = null): Uint8Array =>
  encoder.encode(`data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs, finish_reason }] })}\n\n`);

const eventOf = (index: number, kind: GrowthKind): Uint8Array => {
  const piece = growthPiece(index, kind);
  return encode(deltaOf(piece, kind, index === 0), kind === 'logprobs' ? logprobsOf(piece) : null);
};

/** How many events come with one read. */
const eventsPerRead = 64;

const joined = (events: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(events.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const event of events) {
    bytes.set(event, at);
    at += event.length;
  }
  return bytes;
};

const reads = new Map<GrowthKind, readonly Uint8Array[]>();

/** One round of all pieces, as reads; made once, so that nobody's time has it in it. */
const readsOf = (kind: GrowthKind): readonly Uint8Array[] => {
  const known = reads.get(kind);
  if (known) return known;
  const events = Array.from({ length: differentPieces }, (_, index) => eventOf(index + differentPieces, kind));
  const made = Array.from({ length: differentPieces / eventsPerRead }, (_, read) =>
    joined(events.slice(read * eventsPerRead, (read + 1) * eventsPerRead)),
  );
  reads.set(kind, made);
  return made;
};

/** An answer as the reads of a chat stream, without usage or padding, made as it is read. */
export function* chatReads({ kind, deltas, passing }: GrowthFeed): Generator<Uint8Array> {
  const round = readsOf(kind);
  const single = (index: number): Uint8Array => eventOf(index, kind);
  passing(0);
  yield encode({ role: 'assistant' });
  let index = 0;
  // The first piece is one of a kind, and so may the last be that a whole read has no place for.
  for (const first = Math.min(deltas, eventsPerRead); index < first; index += 1) yield single(index);
  for (; index + eventsPerRead <= deltas; index += eventsPerRead) {
    passing(index);
    yield round[(index / eventsPerRead) % round.length] as Uint8Array;
  }
  for (; index < deltas; index += 1) yield single(index);
  passing(deltas);
  yield encode({}, null, kind === 'arguments' ? 'tool_calls' : 'stop');
  yield encoder.encode('data: [DONE]\n\n');
}
