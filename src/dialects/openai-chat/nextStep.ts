import type { Part } from '../../completions/Completion.ts';
import { argumentsTextOf } from '../argumentsTextOf.ts';
import type { Dialect, ToolAnswer } from '../Dialect.ts';
import { NamedCalls } from '../NamedCalls.ts';
import { chatToolCall } from './chatToolCall.ts';
import type { ChatVariant } from './ChatVariant.ts';
import type { ChatCompletionBody } from './openAiChat.ts';
import { reasoningFields } from './reasoningFields.ts';

const textOfKind = (parts: readonly Part[], kind: 'text' | 'refusal'): string =>
  parts.map((part) => (part.kind === kind ? part.text : '')).join('');

/** A call without an id gets one, since its answer must name it. */
const namedCallId: NonNullable<ChatVariant['callId']> = (id, position) => (id === '' ? `call_${position}` : id);

/** The messages that follow an answer with tool calls: the answer itself, and one for each of their results. */
const nextMessages = (
  { reasoning, callId = namedCallId }: Pick<ChatVariant, 'reasoning' | 'callId'>,
  parts: readonly Part[],
  answers: readonly ToolAnswer[],
  place: number,
): readonly object[] => {
  const text = textOfKind(parts, 'text');
  const refusal = textOfKind(parts, 'refusal');
  // Made-up ids are told apart from those of earlier rounds, too.
  const calls = new NamedCalls(parts, ({ id }, at) => callId(id, place + at));
  const toolCalls = calls.all.map((call) => chatToolCall(call, argumentsTextOf(call)));
  const said = {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(refusal !== '' && { refusal }),
    ...reasoningFields(parts, reasoning, text),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
  // A message that says nothing is refused.
  const isEmpty = text === '' && refusal === '' && toolCalls.length === 0;
  return [
    ...(isEmpty ? [] : [said]),
    ...answers.map(({ call, text: content }) => ({ role: 'tool', tool_call_id: calls.take(call), content })),
  ];
};

/** Makes the `nextStep` of a dialect, in the way that a server wants it. */
export const nextStep =
  (variant: Pick<ChatVariant, 'reasoning' | 'callId'> = {}): Dialect<ChatCompletionBody>['nextStep'] =>
  (body, parts, answers) => {
    // A body for `withTurns` has none before.
    const before = (body.messages as ChatCompletionBody['messages'] | undefined) ?? [];
    return { ...body, messages: [...before, ...nextMessages(variant, parts, answers, before.length)] };
  };
