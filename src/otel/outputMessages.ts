import type { Choice, Completion, Part, ToolCall } from '../completions/Completion.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';

/** Part of a message, by the JSON schema of the conventions. */
export interface MessagePart {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The schema's words for why a choice ended, where they are not ours. */
const reasons: Partial<Record<FinishReason, string>> = {
  'tool-calls': 'tool_call',
  'content-filter': 'content_filter',
};

const argumentsOf = (call: ToolCall): unknown => (call.status === 'complete' ? call.arguments : call.argumentsText);

const callPart = (call: ToolCall): MessagePart => {
  const { id, name, executedBy } = call;
  const args = argumentsOf(call);
  return executedBy === 'server'
    ? { type: 'server_tool_call', id, name, server_tool_call: { type: name, arguments: args } }
    : { type: 'tool_call', id, name, arguments: args };
};

const messagePart = (part: Part): MessagePart => {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return { type: part.kind, content: part.text };
    case 'tool-call':
      return callPart(part);
    // Sounds and pictures are named, and not kept: they would make up most of what is stored.
    case 'audio':
      return { type: 'audio', transcript: part.transcript };
    case 'tool-result':
      return { type: 'server_tool_call_response', server_tool_call_response: { type: 'other' } };
    case 'other':
      return { type: 'other' };
  }
};

const outputMessage = ({ parts, finishReason }: Choice, hasFailed: boolean): object => {
  const reason = finishReason === undefined ? (hasFailed ? 'error' : '') : (reasons[finishReason] ?? finishReason);
  return { role: 'assistant', parts: parts.map(messagePart), finish_reason: reason };
};

/** The value of `gen_ai.output.messages`: a message for each choice of an answer. */
export const outputMessages = ({ choices }: Completion, hasFailed: boolean): readonly object[] =>
  choices.map((choice) => outputMessage(choice, hasFailed));
