import type { MessagePart } from './outputMessages.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

const textPart = (content: string): MessagePart => ({ type: 'text', content });

const firstOf = (fields: Fields, names: readonly string[]): unknown =>
  names.map((name) => fields[name]).find((value) => value != null);

/** Arguments as an object, where a provider has them as text. */
const parsed = (value: unknown): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};

const callPart = (call: Fields): MessagePart => ({
  type: 'tool_call',
  id: firstOf(call, ['call_id', 'id']) ?? null,
  name: call['name'],
  arguments: parsed(firstOf(call, ['arguments', 'args', 'input'])),
});

const resultPart = (result: Fields): MessagePart => ({
  type: 'tool_call_response',
  id: firstOf(result, ['call_id', 'tool_call_id', 'tool_use_id', 'id']) ?? null,
  response: firstOf(result, ['output', 'response', 'content']),
});

/** What providers call calls of tools and their results, when they stand among the parts of a message. */
const callTypes: readonly unknown[] = ['tool_use', 'function_call'];
const resultTypes: readonly unknown[] = ['tool_result', 'function_call_output'];

/**
 * A part of a message, whatever the provider. Text, calls of tools and their results are kept; of pictures, sounds and files only
 * that they were there: they would make up most of what is stored.
 */
const partOf = (part: unknown): MessagePart => {
  if (typeof part === 'string') return textPart(part);
  if (!isFields(part)) return { type: 'other' };
  const { type, text, functionCall, functionResponse } = part;
  if (callTypes.includes(type)) return callPart(part);
  if (resultTypes.includes(type)) return resultPart(part);
  if (isFields(functionCall)) return callPart(functionCall);
  if (isFields(functionResponse)) return resultPart(functionResponse);
  if (typeof text === 'string') return textPart(text);
  return { type: typeof type === 'string' ? type : (Object.keys(part)[0] ?? 'other') };
};

/** Calls that stand beside the content of a message. */
const callsBeside = ({ tool_calls: calls }: Fields): readonly MessagePart[] =>
  (Array.isArray(calls) ? (calls as unknown[]) : []).filter(isFields).map((call) => {
    const { function: named } = call;
    return callPart(isFields(named) ? { ...named, id: call['id'] } : call);
  });

const partsOf = (message: Fields): readonly MessagePart[] => {
  const { role, content, parts } = message;
  if (role === 'tool') return [resultPart(message)];
  const held = content ?? parts;
  return [...(held == null ? [] : listOf(held).map(partOf)), ...callsBeside(message)];
};

const messageOf = (message: unknown): object => {
  if (typeof message === 'string') return { role: 'user', parts: [textPart(message)] };
  if (!isFields(message)) return { role: 'user', parts: [partOf(message)] };
  const { role, type } = message;
  if (resultTypes.includes(type)) return { role: 'tool', parts: [resultPart(message)] };
  if (callTypes.includes(type)) return { role: 'assistant', parts: [callPart(message)] };
  // Google's word for the assistant.
  const name = role === 'model' ? 'assistant' : role;
  return { role: typeof name === 'string' ? name : 'user', parts: partsOf(message) };
};

/** What is asked, as the conventions have it: the chat history, and the instructions that stand apart from it. */
export interface InputMessages {
  readonly messages: readonly object[] | undefined;
  readonly instructions: readonly object[] | undefined;
}

/** Reads the body of a request of any provider that we speak to. */
export const inputMessages = (body: unknown): InputMessages => {
  if (!isFields(body)) return { messages: undefined, instructions: undefined };
  const messages = firstOf(body, ['messages', 'contents', 'input']);
  const system = firstOf(body, ['system', 'instructions', 'systemInstruction', 'system_instruction']);
  const instructions = isFields(system) && 'parts' in system ? system['parts'] : system;
  return {
    messages: messages === undefined ? undefined : listOf(messages).map(messageOf),
    instructions: instructions === undefined ? undefined : listOf(instructions).map(partOf),
  };
};
