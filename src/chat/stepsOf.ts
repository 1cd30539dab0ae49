import type { AudioPart, Completion, Part, ToolCall, ToolResultPart } from '../completions/Completion.ts';
import type { Citation } from '../deltas/Delta.ts';
import { AppendOnlyList } from '../internal/AppendOnlyList.ts';
import { sendablePart } from '../tools/sendablePart.ts';

/** What one request gave, as it can go back to a model. */
export interface TurnStep {
  readonly parts: readonly Part[];
  /** Whether its response never ended. */
  readonly isCut: boolean;
}

const textPart = (text: string): Part => ({
  kind: 'text',
  text,
  citations: AppendOnlyList.empty(),
  signature: undefined,
  raw: undefined,
});

/** No model takes back what it said aloud, but the words of it. */
const spoken = ({ transcript }: AudioPart): readonly Part[] => (transcript === '' ? [] : [textPart(transcript)]);

/** A part as it goes back; a snapshot that was kept as JSON has arrays where it had lists. */
const partsOf = (part: Part): readonly Part[] => {
  switch (part.kind) {
    case 'audio':
      return spoken(part);
    case 'text':
      return [{ ...part, citations: AppendOnlyList.from(part.citations as Iterable<Citation> | undefined) }];
    case 'tool-call':
      // One that was cut off before it had a name is nothing yet.
      return part.name === '' ? [] : [sendablePart(part)];
    default:
      return [part];
  }
};

const isOf = ({ raw }: ToolResultPart, { id }: ToolCall): boolean => id === '' || Object.values(raw ?? {}).includes(id);

/** `parts` without the calls whose result the provider's server still owed. */
const withoutOwed = (parts: readonly Part[]): readonly Part[] => {
  const results = new Set(parts.filter((part) => part.kind === 'tool-result'));
  return parts.filter((part) => {
    if (part.kind !== 'tool-call' || part.executedBy === 'client') return true;
    const result = [...results].find((one) => isOf(one, part));
    return result !== undefined && results.delete(result);
  });
};

/** Providers refuse an answer that ends with a thought. */
const isIdle = (part: Part): boolean =>
  part.kind === 'reasoning' ||
  (part.kind === 'text' && part.signature === undefined && part.text.trim() === '') ||
  (part.kind === 'refusal' && part.text.trim() === '');

const ending = (parts: readonly Part[]): readonly Part[] =>
  parts.slice(0, parts.findLastIndex((part) => !isIdle(part)) + 1);

/** The requests that an answer took, with what each gave; without those that gave nothing to speak of. */
export const stepsOf = ({ choices: [{ parts }], steps, ended }: Completion): readonly TurnStep[] => {
  const last = steps.length - 1;
  return steps
    .map(({ firstPart, finishReason }, at): TurnStep => {
      const own = parts.slice(firstPart, steps[at + 1]?.firstPart).flatMap(partsOf);
      if (at < last) return { parts: ending(own), isCut: false };
      const isCut = !ended && finishReason === undefined;
      return { parts: ending(isCut || finishReason === 'pause' ? withoutOwed(own) : own), isCut };
    })
    .filter((step) => step.parts.length > 0);
};

/** The step that text alone makes. */
export const stepOfText = (text: string): readonly TurnStep[] =>
  text.trim() === '' ? [] : [{ parts: [textPart(text)], isCut: false }];
