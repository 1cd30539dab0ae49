import type { LogprobsDelta, TextDelta, ToolCallDelta, UsageDelta } from './Delta.ts';
import { mergeUsage } from './Usage.ts';

/** Deltas that may be brought together while they wait, without changing what is made of them. */
export type JoinableDelta = TextDelta | ToolCallDelta | LogprobsDelta | UsageDelta;

const texts: readonly unknown[] = ['text', 'reasoning', 'refusal'];

/** Whether any value is such a delta; what other streams carry may have a `type` too. */
export const isJoinable = (value: unknown): value is JoinableDelta => {
  if (typeof value !== 'object' || value === null) return false;
  const { type, choice, part, text, executedBy, content, refusal, usage } = value as Record<string, unknown>;
  if (type === 'usage') return typeof usage === 'object' && usage !== null && 'inputTokens' in usage && 'raw' in usage;
  if (typeof choice !== 'number') return false;
  if (type === 'logprobs') return Array.isArray(content) && Array.isArray(refusal);
  if (typeof part !== 'number') return false;
  return type === 'tool-call' ? executedBy !== undefined : texts.includes(type) && typeof text === 'string';
};

/** What must keep its order: deltas of different strands say nothing of each other. */
export const strandOf = (delta: JoinableDelta): string => {
  if (delta.type === 'usage') return 'usage';
  return delta.type === 'logprobs' ? `logprobs ${delta.choice}` : `${delta.choice} ${delta.part}`;
};

/** Joining copies lists, so they stay short: the cost of a delta must not grow with what waits. */
const maxListItems = 1_024;

const joinLogprobs = (a: LogprobsDelta, b: LogprobsDelta): LogprobsDelta | undefined => {
  const items = a.content.length + a.refusal.length + b.content.length + b.refusal.length;
  if (items > maxListItems) return undefined;
  return { ...a, content: [...a.content, ...b.content], refusal: [...a.refusal, ...b.refusal] };
};

const differ = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && a !== b;

const joinCalls = (a: ToolCallDelta, b: ToolCallDelta): ToolCallDelta | undefined => {
  if (differ(a.id, b.id) || differ(a.name, b.name)) return undefined;
  if (a.argumentsText === undefined || b.argumentsText === undefined) return { ...a, ...b };
  return { ...a, ...b, argumentsText: a.argumentsText + b.argumentsText };
};

/** One delta that says what `a` and then `b`, of the same strand, say; `undefined` where there is none. */
export const joinDeltas = (a: JoinableDelta, b: JoinableDelta): JoinableDelta | undefined => {
  if (a.type === 'usage' && b.type === 'usage') return { type: 'usage', usage: mergeUsage(a.usage, b.usage) };
  if (a.type === 'logprobs' && b.type === 'logprobs') return joinLogprobs(a, b);
  if (a.type === 'tool-call' && b.type === 'tool-call') return joinCalls(a, b);
  if (a.type === b.type && 'text' in a && 'text' in b) return { ...a, text: a.text + b.text };
  return undefined;
};

/** Two values that follow one another as one delta; `undefined` where something would be lost. */
export const joinNeighbours = (a: unknown, b: unknown): JoinableDelta | undefined =>
  isJoinable(a) && isJoinable(b) && strandOf(a) === strandOf(b) ? joinDeltas(a, b) : undefined;

/** How many UTF-16 code units of text a value holds that may grow by joining. */
export const charsIn = (value: unknown): number => {
  if (!isJoinable(value)) return 0;
  if ('text' in value) return value.text.length;
  return value.type === 'tool-call' ? (value.argumentsText?.length ?? 0) : 0;
};
