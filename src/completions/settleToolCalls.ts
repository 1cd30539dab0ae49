import type { FinishReason } from '../deltas/FinishReason.ts';
import { ToolArgumentsError } from '../errors/ToolArgumentsError.ts';
import type { Choice, Completion, ToolCall } from './Completion.ts';

/** The endings that leave tool calls whole; after any other, arguments may be cut off although they parse. */
export const leavesCallsWhole = (reason: FinishReason | undefined): boolean =>
  reason === 'tool-calls' || reason === 'stop' || reason === 'pause';

type Streaming = ToolCall & { readonly status: 'streaming' };

const isStreaming = (call: ToolCall): call is Streaming => call.status === 'streaming';

const settle = (call: Streaming): ToolCall => {
  if (call.input === 'text') return { ...call, status: 'complete', arguments: call.argumentsText };
  if (call.argumentsText === '') return { ...call, status: 'complete', arguments: {} };
  try {
    return { ...call, status: 'complete', arguments: JSON.parse(call.argumentsText) as unknown };
  } catch (cause) {
    return { ...call, status: 'invalid', error: new ToolArgumentsError(call.name, { cause }) };
  }
};

const cutShort = (call: ToolCall): ToolCall => {
  const { kind, id, name, argumentsText, input, executedBy, signature } = call;
  return { kind, status: 'cut-short', id, name, argumentsText, input, executedBy, signature };
};

/**
 * `choice` with its tool calls judged by how it finished. No call is repaired; one that was whole is no longer
 * so where a later stop reason says otherwise.
 */
export const settleChoice = (choice: Choice): Choice => {
  const isWhole = leavesCallsWhole(choice.finishReason);
  const isOpen = isWhole ? isStreaming : ({ status }: ToolCall) => status !== 'cut-short';
  if (!choice.toolCalls.some(isOpen)) return choice;
  const judge = (call: ToolCall): ToolCall => {
    if (!isWhole) return cutShort(call);
    return isStreaming(call) ? settle(call) : call;
  };
  const parts = choice.parts.map((part) => (part.kind === 'tool-call' ? judge(part) : part));
  return { ...choice, parts, toolCalls: parts.filter((part) => part.kind === 'tool-call') };
};

/** `completion` with the tool calls of every choice judged: what is still streaming when a stream ends is cut short. */
export const settleToolCalls = (completion: Completion): Completion => {
  const choices = completion.choices.map(settleChoice) as [Choice, ...Choice[]];
  if (choices.every((choice, at) => choice === completion.choices[at])) return completion;
  return { ...completion, choices, toolCalls: choices[0].toolCalls };
};
