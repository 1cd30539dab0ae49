import type { AudioDelta, Delta, LogprobsDelta, PartKind, TextDelta, ToolCallDelta } from '../deltas/Delta.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';
import { mergeUsage } from '../deltas/Usage.ts';
import { AppendOnlyList } from '../internal/AppendOnlyList.ts';
import type { AudioPart, Choice, Completion, Part, ToolCall } from './Completion.ts';
import { emptyChoice, emptyCompletion, emptyPart } from './emptyCompletion.ts';
import { cutToolCallsShort, leavesCallsWhole, settleChoice, settleToolCalls } from './settleToolCalls.ts';

type PartOf<Kind extends PartKind> = Extract<Part, { readonly kind: Kind }>;

/** Whether a part only keeps a place for one that has not come yet. */
const isFiller = (part: Part): boolean => part.kind === 'other' && part.raw === undefined;

/** `choice` with the part in `place` changed; one that was not announced begins here. */
const withPart = <Kind extends PartKind>(
  choice: Choice,
  place: number,
  kind: Kind,
  change: (part: PartOf<Kind>) => Part,
): Choice => {
  const known = choice.parts[place];
  const before = known === undefined || isFiller(known) ? emptyPart(kind) : known;
  // A part never changes its kind, whatever a server says.
  if (before.kind !== kind) return choice;
  const part = change(before as PartOf<Kind>);
  if (part === known) return choice;
  const parts = choice.parts.slice();
  while (parts.length < place) parts.push(emptyPart('other'));
  parts[place] = part;
  return { ...choice, parts };
};

/** The text of all parts of a kind once `part`, in `place`, has grown by `piece`. */
const flatText = (
  whole: string,
  parts: readonly Part[],
  place: number,
  part: PartOf<TextDelta['type']>,
  piece: string,
): string => {
  // The usual case, and the reason why part and choice share one string: no other part has text.
  if (whole.length + piece.length === part.text.length) return part.text;
  if (parts.findLastIndex(({ kind }) => kind === part.kind) === place) return whole + piece;
  // Adding, unlike joining, copies no text.
  return parts.reduce((text, one) => (one.kind === part.kind ? text + one.text : text), '');
};

const withText = (choice: Choice, { type, part: place, text: piece }: TextDelta): Choice => {
  const changed = withPart(choice, place, type, (part) => ({ ...part, text: part.text + piece }));
  const part = changed.parts[place];
  if (changed === choice || part?.kind !== type) return choice;
  return { ...changed, [type]: flatText(choice[type], changed.parts, place, part, piece) };
};

/** `after`, which `before` became by a change of a tool call, with its list of calls. */
const withToolCalls = (before: Choice, after: Choice): Choice =>
  after === before ? before : { ...after, toolCalls: after.parts.filter((part) => part.kind === 'tool-call') };

/** A fragment after the finish opens the call again: it is judged anew when the stream ends. */
const grownCall = (call: ToolCall, delta: ToolCallDelta): ToolCall => ({
  kind: 'tool-call',
  status: 'streaming',
  id: delta.id ?? call.id,
  name: delta.name ?? call.name,
  argumentsText: call.argumentsText + (delta.argumentsText ?? ''),
  input: delta.input,
  executedBy: delta.executedBy,
  signature: call.signature,
});

const grownAudio = (part: AudioPart, delta: AudioDelta): AudioPart => ({
  kind: 'audio',
  id: delta.id ?? part.id,
  transcript: part.transcript + (delta.transcript ?? ''),
  data: delta.data === undefined ? part.data : AppendOnlyList.from(part.data).append([delta.data]),
  expiresAtS: delta.expiresAtS ?? part.expiresAtS,
});

const withLogprobs = (choice: Choice, { content, refusal }: LogprobsDelta): Choice => ({
  ...choice,
  logprobs: {
    content: AppendOnlyList.from(choice.logprobs?.content).append(content),
    refusal: AppendOnlyList.from(choice.logprobs?.refusal).append(refusal),
  },
});

const withFinish = (choice: Choice, finishReason: FinishReason): Choice => {
  const finished = { ...choice, finishReason };
  // Arguments are parsed once: what came between two stop reasons is judged when the stream ends.
  return choice.finishReason !== undefined && leavesCallsWhole(finishReason) ? finished : settleChoice(finished);
};

/** The deltas that change a choice. */
type ChoiceDelta = Extract<Delta, { readonly choice: number }>;

const changeChoice = (choice: Choice, delta: ChoiceDelta): Choice => {
  switch (delta.type) {
    case 'part-start': {
      const known = choice.parts[delta.part];
      if (known !== undefined && !isFiller(known)) return choice;
      const begun = withPart(choice, delta.part, delta.kind, () => emptyPart(delta.kind, delta));
      return delta.kind === 'tool-call' ? withToolCalls(choice, begun) : begun;
    }
    case 'text':
    case 'reasoning':
    case 'refusal':
      return withText(choice, delta);
    case 'tool-call':
      return withToolCalls(
        choice,
        withPart(choice, delta.part, 'tool-call', (call) => grownCall(call, delta)),
      );
    case 'signature': {
      const { part: place, signature } = delta;
      const sealed = withPart(choice, place, choice.parts[place]?.kind ?? 'reasoning', (part) =>
        part.kind === 'reasoning' || part.kind === 'tool-call' ? { ...part, signature } : part,
      );
      return sealed.parts[place]?.kind === 'tool-call' ? withToolCalls(choice, sealed) : sealed;
    }
    case 'citation':
      return withPart(choice, delta.part, 'text', (part) => ({
        ...part,
        citations: AppendOnlyList.from(part.citations).append([delta.citation]),
      }));
    case 'audio':
      return withPart(choice, delta.part, 'audio', (part) => grownAudio(part, delta));
    case 'logprobs':
      return withLogprobs(choice, delta);
    case 'finish':
      return withFinish(choice, delta.reason);
    case 'part-end':
      return choice;
  }
};

/** Choice 0 comes first, whatever numbers a server sends. */
const byIndex = (a: Choice, b: Choice): number => {
  if (a.index === 0 || b.index === 0) return a.index === 0 ? -1 : 1;
  return a.index - b.index;
};

const withChoice = (completion: Completion, delta: ChoiceDelta): Completion => {
  const { choices } = completion;
  // Choices nearly always stand where their number says; servers may send them in any order, with gaps.
  const known =
    choices[delta.choice]?.index === delta.choice
      ? delta.choice
      : choices.findIndex(({ index }) => index === delta.choice);
  const before = choices[known] ?? emptyChoice(delta.choice);
  const after = changeChoice(before, delta);
  if (after === before && known >= 0) return completion;
  const changed = choices.slice() as [Choice, ...Choice[]];
  if (known >= 0) changed[known] = after;
  else changed.push(after);
  if (known < 0) changed.sort(byIndex);
  const [{ text, reasoning, toolCalls, finishReason }] = changed;
  return { ...completion, choices: changed, text, reasoning, toolCalls, finishReason };
};

/**
 * The answer after one more delta. Pure: the completion that goes in stays as it is.
 *
 * - **Shape:** the completion so far (`undefined` at first) and a delta, to the next completion; the same
 *   object when the delta says nothing that a completion holds
 * - **Time:** does not depend on how long the answer is; one slot per part of the choice is copied
 *
 * @example Two deltas, one answer
 * ```ts
 * import { reduceDelta } from 'rxllm';
 *
 * const started = reduceDelta(undefined, { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 });
 * const completion = reduceDelta(started, { type: 'text', choice: 0, part: 0, text: 'Hi' });
 *
 * completion.text; // => 'Hi'
 * started.text; // => ''
 * ```
 *
 * @category completions
 * @since 0.1.0
 */
export function reduceDelta(completion: Completion | undefined, delta: Delta): Completion {
  if (delta.type === 'start') return emptyCompletion(delta.id, delta.model);
  const before = completion ?? emptyCompletion();
  switch (delta.type) {
    case 'usage':
      return { ...before, usage: mergeUsage(before.usage, delta.usage) };
    case 'end':
      return { ...settleToolCalls(before), ended: true };
    case 'other':
    case 'retry':
      return before;
    // What was cut is asked for anew: no later stop reason may make a whole call of it.
    case 'resume':
      return cutToolCallsShort(before);
    default:
      return withChoice(before, delta);
  }
}
