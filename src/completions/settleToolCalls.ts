import type { FinishReason } from '../deltas/FinishReason.ts';
import { ToolArgumentsError } from '../errors/ToolArgumentsError.ts';
import type { Choice, Completion, Part, ToolCall } from './Completion.ts';

/** The endings that leave tool calls whole; after any other, arguments may be cut off although they parse. */
const leavesCallsWhole = (reason: FinishReason | undefined): boolean =>
  reason === 'tool-calls' || reason === 'stop' || reason === 'pause';

const settle = (call: ToolCall & { readonly status: 'streaming' }, isWhole: boolean): ToolCall => {
  if (!isWhole) return { ...call, status: 'cut-short' };
  if (call.input === 'text') return { ...call, status: 'complete', arguments: call.argumentsText };
  if (call.argumentsText === '') return { ...call, status: 'complete', arguments: {} };
  try {
    return { ...call, status: 'complete', arguments: JSON.parse(call.argumentsText) as unknown };
  } catch (cause) {
    return { ...call, status: 'invalid', error: new ToolArgumentsError(call.name, { cause }) };
  }
};

const isStreaming = (part: Part): part is ToolCall & { readonly status: 'streaming' } =>
  part.kind === 'tool-call' && part.status === 'streaming';

/** `choice` with its tool calls judged by how it finished. No call is repaired. */
export const settleChoice = (choice: Choice): Choice => {
  if (!choice.toolCalls.some(isStreaming)) return choice;
  const isWhole = leavesCallsWhole(choice.finishReason);
  const parts = choice.parts.map((part) => (isStreaming(part) ? settle(part, isWhole) : part));
  return { ...choice, parts, toolCalls: parts.filter((part) => part.kind === 'tool-call') };
};

/** `completion` with the tool calls of every choice judged: what is still streaming when a stream ends is cut short. */
export const settleToolCalls = (completion: Completion): Completion => {
  const choices = completion.choices.map(settleChoice) as [Choice, ...Choice[]];
  if (choices.every((choice, at) => choice === completion.choices[at])) return completion;
  return { ...completion, choices, toolCalls: choices[0].toolCalls };
};
