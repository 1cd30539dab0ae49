import type {
  AudioDelta,
  Delta,
  LogprobsDelta,
  PartKind,
  RedactDelta,
  TextDelta,
  ToolCallDelta,
} from '../deltas/Delta.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';
import { AppendOnlyList } from '../internal/AppendOnlyList.ts';
import { appendText } from './appendText.ts';
import type { AudioPart, Choice, Part, ToolCall, ToolRun } from './Completion.ts';
import { emptyPart } from './emptyCompletion.ts';
import { leavesCallsWhole, settleChoice } from './settleToolCalls.ts';

type PartOf<Kind extends PartKind> = Extract<Part, { readonly kind: Kind }>;

/** Whether a part only keeps a place for one that has not come yet. */
const isFiller = (part: Part): boolean => part.kind === 'other' && part.raw === undefined;

/** The part in `place`, to be changed; one that was not announced begins here. */
const partAt = <Kind extends PartKind>(choice: Choice, place: number, kind: Kind): PartOf<Kind> | undefined => {
  const known = choice.parts[place];
  const before = known === undefined || isFiller(known) ? emptyPart(kind) : known;
  // A part never changes its kind, whatever a server says.
  return before.kind === kind ? (before as PartOf<Kind>) : undefined;
};

const partsWith = (known: readonly Part[], place: number, part: Part): readonly Part[] => {
  if (place === 0 && known.length <= 1) return [part];
  const parts = known.slice();
  while (parts.length < place) parts.push(emptyPart('other'));
  parts[place] = part;
  return parts;
};

/** `choice` with the part in `place` changed. */
const withPart = <Kind extends PartKind>(
  choice: Choice,
  place: number,
  kind: Kind,
  change: (part: PartOf<Kind>) => Part,
): Choice => {
  const before = partAt(choice, place, kind);
  const part = before && change(before);
  if (part === undefined || part === choice.parts[place]) return choice;
  return { ...choice, parts: partsWith(choice.parts, place, part) };
};

/** The text of all parts of a kind; adding, unlike joining, copies none of it. */
export const joinedText = (parts: readonly Part[], kind: TextDelta['type']): string =>
  parts.reduce((text, part) => (part.kind === kind ? text + part.text : text), '');

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
  if (parts.findLastIndex(({ kind }) => kind === part.kind) === place) return appendText(whole, piece);
  return joinedText(parts, part.kind);
};

/** `part` with another text. All fields of the usual kind, written out: the text of an answer comes this way. */
const grownText = (part: PartOf<TextDelta['type']>, text: string): PartOf<TextDelta['type']> => {
  if (part.kind === 'text') {
    const { kind, citations, signature, raw } = part;
    return { kind, text, citations, signature, raw };
  }
  return { ...part, text };
};

const withText = (choice: Choice, { type, part: place, text: piece }: TextDelta): Choice => {
  const before = partAt(choice, place, type);
  if (before === undefined) return choice;
  const part = grownText(before, appendText(before.text, piece));
  const parts = partsWith(choice.parts, place, part);
  const whole = flatText(choice[type], parts, place, part, piece);
  // Written out and not in two copies: the text of an answer comes this way.
  const { index, toolCalls, finishReason, logprobs } = choice;
  const text = type === 'text' ? whole : choice.text;
  const reasoning = type === 'reasoning' ? whole : choice.reasoning;
  const refusal = type === 'refusal' ? whole : choice.refusal;
  return { index, parts, text, reasoning, refusal, toolCalls, finishReason, logprobs };
};

const withRedaction = (choice: Choice, { part: place, fromChar, text }: RedactDelta): Choice => {
  const part = choice.parts[place];
  if (part?.kind !== 'text' && part?.kind !== 'reasoning' && part?.kind !== 'refusal') return choice;
  const parts = choice.parts.with(place, { ...part, text: part.text.slice(0, Math.max(0, fromChar)) + text });
  return { ...choice, parts, [part.kind]: joinedText(parts, part.kind) };
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
  argumentsText: appendText(call.argumentsText, delta.argumentsText ?? ''),
  input: delta.input,
  executedBy: delta.executedBy,
  signature: call.signature,
  run: call.run,
  raw: call.raw,
});

/** What a delta of a tool's run says became of the call. */
const runOf = (delta: Extract<Delta, { readonly type: 'tool-running' | 'tool-result' | 'tool-error' }>): ToolRun => {
  switch (delta.type) {
    case 'tool-running':
      return { status: 'running', progress: delta.progress };
    case 'tool-result':
      return { status: 'done', result: delta.result };
    case 'tool-error':
      return { status: 'failed', error: delta.error };
  }
};

const withRaw = (choice: Choice, place: number, raw: unknown): Choice => {
  const part = choice.parts[place];
  if (part === undefined || !('raw' in part)) return choice;
  const changed = { ...choice, parts: choice.parts.with(place, { ...part, raw }) };
  return part.kind === 'tool-call' ? withToolCalls(choice, changed) : changed;
};

const grownAudio = (part: AudioPart, delta: AudioDelta): AudioPart => ({
  kind: 'audio',
  id: delta.id ?? part.id,
  transcript: appendText(part.transcript, delta.transcript ?? ''),
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

const withFinish = (choice: Choice, finishReason: FinishReason, firstPart: number): Choice => {
  const finished = { ...choice, finishReason };
  // Arguments are parsed once: what came between two stop reasons is judged when the stream ends.
  return choice.finishReason !== undefined && leavesCallsWhole(finishReason)
    ? finished
    : settleChoice(finished, firstPart);
};

/** The deltas that change a choice. */
export type ChoiceDelta = Extract<Delta, { readonly choice: number }>;

/** `choice` after one more delta; the parts of the step that is under way begin at `firstPart`. */
export const changeChoice = (choice: Choice, delta: ChoiceDelta, firstPart: number): Choice => {
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
        'signature' in part ? { ...part, signature } : part,
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
      return withFinish(choice, delta.reason, firstPart);
    case 'redact':
      return withRedaction(choice, delta);
    case 'part-end':
      return delta.raw === undefined ? choice : withRaw(choice, delta.part, delta.raw);
    case 'tool-running':
    case 'tool-result':
    case 'tool-error':
      return withToolCalls(
        choice,
        withPart(choice, delta.part, 'tool-call', (call) => ({ ...call, run: runOf(delta) })),
      );
    default:
      return choice;
  }
};
