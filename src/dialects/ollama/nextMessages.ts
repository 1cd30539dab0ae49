import type { Part } from '../../completions/Completion.ts';
import { argumentsOf } from '../argumentsOf.ts';
import type { ToolAnswer } from '../Dialect.ts';
import { assistantMessage } from './assistantMessage.ts';
import { ollamaToolCall } from './ollamaToolCall.ts';

/** The messages that follow an answer with tool calls: the answer itself, and one for each of their results. */
export const nextMessages = (parts: readonly Part[], answers: readonly ToolAnswer[]): readonly object[] => {
  const calls = parts.filter((part) => part.kind === 'tool-call');
  const said = assistantMessage(
    parts,
    calls.map((call, index) => ollamaToolCall(call, index, argumentsOf(call))),
  ) as { readonly content: string; readonly images?: unknown };
  // A message that says nothing would be a turn of its own.
  const isEmpty = said.content === '' && said.images === undefined && calls.length === 0;
  return [
    ...(isEmpty ? [] : [said]),
    ...answers.map(({ call, text }) => ({
      role: 'tool',
      tool_name: call.name,
      ...(call.id !== '' && { tool_call_id: call.id }),
      content: text,
    })),
  ];
};
