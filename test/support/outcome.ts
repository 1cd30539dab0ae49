import { from, type Observable } from 'rxjs';
import {
  accumulateDelta,
  type Completion,
  decodeDeltas,
  type Delta,
  type Dialect,
  isStreamError,
  type StreamError,
} from 'rxllm';

/** How a stream ended, and the answer that the consumer was left with. */
export type Outcome =
  | { readonly tag: 'complete'; readonly completion: Completion }
  | { readonly tag: StreamError['_tag']; readonly completion: Completion | undefined; readonly error: StreamError };

/** Runs a synchronous stream of completions to its end. */
export const outcomeOf = (completions: Observable<Completion>): Outcome => {
  let completion: Completion | undefined;
  let outcome: Outcome | undefined;
  completions.subscribe({
    next: (next) => (completion = next),
    error: (error: unknown) => {
      if (!isStreamError(error)) throw error;
      outcome = { tag: error._tag, completion: error.partial, error };
    },
    complete: () => {
      if (completion) outcome = { tag: 'complete', completion };
    },
  });
  if (!outcome) throw new Error('the stream did not end, or completed without a completion');
  return outcome;
};

/** Bytes to the outcome, through every stage. */
export const decode = (dialect: Dialect, slices: readonly Uint8Array[], expectedChoices = 1): Outcome =>
  outcomeOf(from(slices).pipe(decodeDeltas(dialect, { expectedChoices }), accumulateDelta()));

/** Bytes to deltas, up to an error. */
export const deltasOf = (dialect: Dialect, slices: readonly Uint8Array[]): readonly Delta[] => {
  const deltas: Delta[] = [];
  from(slices)
    .pipe(decodeDeltas(dialect))
    .subscribe({ next: (delta) => deltas.push(delta), error: () => undefined });
  return deltas;
};

/** `bytes` cut at the given offsets, whatever their order. */
export const cutAt = (bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] => {
  const edges = [0, ...offsets.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge));
};
