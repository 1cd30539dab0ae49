import { encodeFrame, encodeLine } from 'rxllm';
import { answer, type Reply } from 'rxllm/testing';

import { answerText } from './answerText.ts';
import type { Composition } from './Composition.ts';
import type { LiveDialect } from './LiveDialect.ts';

/** What a fault changes. */
export interface FaultyReply {
  /** What the reply has instead of its own. */
  readonly reply?: Partial<Omit<Reply, 'deltas'>>;
  /** How many deltas the reply has; all of them, unless it says so. */
  readonly deltas?: number;
  /** What the network puts among the frames, and behind how many of them. */
  readonly malformed?: { readonly frame: string; readonly afterPieces: number };
}

/** How many bytes an answer has before its first word, and in all. */
const bytesOf = ({ dialect }: LiveDialect): { readonly head: number; readonly all: number } => {
  const encode = dialect.encode();
  const write = dialect.framing === 'sse' ? encodeFrame : encodeLine;
  let [head, all] = [0, 0];
  for (const delta of answer({ text: answerText })) {
    // A cut within the first word leaves none of it.
    if (delta.type === 'text' && head === 0) head = all + 1;
    for (const frame of encode(delta)) all += new TextEncoder().encode(write(frame)).length;
  }
  return { head, all };
};

/** The fault of a composition, in the terms of the fake provider. */
export const faultOf = ({ fault, where }: Composition, spoken: LiveDialect): FaultyReply => {
  const isEarly = where === 'before the first token';
  const { head, all } = bytesOf(spoken);
  const afterBytes = isEarly ? head : Math.round(all * 0.45);
  switch (fault) {
    case 'none':
      return {};
    case 'cut':
      return { reply: { fault: { kind: 'cut', afterBytes, with: 'fin' } } };
    case 'reset':
      return { reply: { fault: { kind: 'cut', afterBytes, with: 'rst' } } };
    case 'stall':
      return { reply: { fault: { kind: 'stall', afterBytes } } };
    case 'heartbeats':
      return { reply: { fault: { kind: 'heartbeats', afterBytes, everyMs: 200 } } };
    case 'malformed': {
      const frame = spoken.dialect.framing === 'sse' ? 'data: {"oops\n\n' : '{"oops\n';
      return { malformed: { frame, afterPieces: isEarly ? 1 : 25 } };
    }
    case 'too many requests':
      return {
        reply: {
          status: 429,
          headers: { 'retry-after': '1' },
          error: { message: 'Too many requests', code: 'rate_limit_error' },
        },
      };
    case 'error in the stream':
      return {
        deltas: isEarly ? 1 : 25,
        reply: { error: { message: 'Overloaded', code: 'overloaded_error' } },
      };
  }
};
