import type { Completion, Delta, Frame } from 'rxllm';

import type { Kind } from './Kind.ts';

/** How a value is drawn: something to read, something that only keeps alive, something that went wrong, or all the rest. */
export type MarbleKind = 'text' | 'beat' | 'retry' | 'other';

/** A value in a few words. */
export interface Description {
  readonly kind: MarbleKind;
  readonly words: string;
}

const maxChars = 90;

const short = (text: string): string => (text.length > maxChars ? `${text.slice(0, maxChars)}…` : text);

const ofFrame = (frame: Frame): Description => {
  if (frame.kind === 'message' && frame.data !== '') return { kind: 'text', words: frame.data };
  return { kind: 'beat', words: 'heartbeat' };
};

const ofDelta = (delta: Delta): Description => {
  switch (delta.type) {
    case 'text':
      return { kind: 'text', words: `text: ${delta.text}` };
    case 'retry':
      return { kind: 'retry', words: `retry in ${Math.round(delta.delayMs)} ms: ${delta.error._tag}` };
    case 'resume':
      return { kind: 'retry', words: 'resume' };
    default:
      return { kind: 'other', words: delta.type };
  }
};

const of = (kind: Kind, value: unknown): Description => {
  switch (kind) {
    case 'frames':
      return ofFrame(value as Frame);
    case 'chunks':
      return { kind: 'text', words: JSON.stringify(value) };
    case 'deltas':
      return ofDelta(value as Delta);
    case 'lists of deltas':
      return { kind: 'text', words: (value as readonly Delta[]).map((delta) => ofDelta(delta).words).join(', ') };
    case 'completions':
      return { kind: 'text', words: (value as Completion).text };
    case 'texts':
      return { kind: 'text', words: value as string };
  }
};

/** What a value is, for the drawing of it. */
export const describeValue = (kind: Kind, value: unknown): Description => {
  const { kind: drawn, words } = of(kind, value);
  return { kind: drawn, words: short(words) };
};
