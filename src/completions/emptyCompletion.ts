import type { PartKind, PartStartDelta } from '../deltas/Delta.ts';
import { AppendOnlyList } from '../internal/AppendOnlyList.ts';
import type { Choice, Completion, Part } from './Completion.ts';

/** A choice of which nothing is known yet. */
export const emptyChoice = (index: number): Choice => ({
  index,
  parts: [],
  text: '',
  reasoning: '',
  refusal: '',
  toolCalls: [],
  finishReason: undefined,
  logprobs: undefined,
});

/** An answer of which nothing is known yet. */
export const emptyCompletion = (id = '', model = ''): Completion => ({
  id,
  model,
  choices: [emptyChoice(0)],
  text: '',
  reasoning: '',
  toolCalls: [],
  finishReason: undefined,
  usage: undefined,
  ended: false,
  cursor: undefined,
});

/** A part that has just begun. */
export const emptyPart = (kind: PartKind, { redacted, raw }: Partial<PartStartDelta> = {}): Part => {
  switch (kind) {
    case 'text':
      return { kind, text: '', citations: AppendOnlyList.empty() };
    case 'reasoning':
      return { kind, text: '', signature: undefined, redacted };
    case 'refusal':
      return { kind, text: '' };
    case 'tool-call': {
      const unknown = { id: '', name: '', argumentsText: '', signature: undefined };
      return { kind, status: 'streaming', ...unknown, input: 'json', executedBy: 'client' };
    }
    case 'tool-result':
      return { kind, by: 'server', raw };
    case 'audio':
      return { kind, id: undefined, transcript: '', data: AppendOnlyList.empty(), expiresAtS: undefined };
    case 'other':
      return { kind, raw };
  }
};
