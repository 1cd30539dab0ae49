import type { Part, ToolCall } from '../../completions/Completion.ts';
import { argumentsTextOf } from '../argumentsTextOf.ts';
import type { ToolAnswer } from '../Dialect.ts';
import { NamedCalls } from '../NamedCalls.ts';
import { ItemNamer } from './ItemNamer.ts';
import {
  callItemOf,
  itemOfCall,
  type ItemNames,
  itemOfPart,
  messageHeadOf,
  outputText,
  type Raw,
  rawObject,
} from './itemOfPart.ts';

/** Items of this API's own types; what came from elsewhere would be refused. */
const isOwn = ({ type }: Raw): boolean => typeof type === 'string' && !/_result$/.test(type);

/** A call of the client's; one that is cut off or no JSON goes back as one without arguments. */
const callItem = (call: ToolCall, names: ItemNames, isCut: boolean): Raw => {
  const { id: _id, ...item } = itemOfCall(call, argumentsTextOf(call), 'completed', names);
  // An id that the server did not give is none to it; one that it gave, it knows, unless the response never ended.
  const { id } = (isCut ? undefined : callItemOf(call.raw)) ?? {};
  return { ...item, ...(id !== undefined && { id }), ...('status' in item && { status: 'completed' }) };
};

const withoutLogprobs = ({ logprobs: _, ...text }: Raw): Raw => text;

/** The message that one content makes, with what it said of itself. */
const messageWith = (content: object, raw?: unknown): object => {
  const head = messageHeadOf(raw);
  return {
    ...head,
    type: 'message',
    role: 'assistant',
    ...(head?.['id'] !== undefined && { status: 'completed' }),
    content: [content],
  };
};

interface Whereabouts {
  /** How many items stand before these. */
  readonly place: number;
  readonly isStored: boolean;
  readonly isInConversation: boolean;
  /** Whether the response never ended. */
  readonly isCut: boolean;
}

/** The items that a part goes back as; none for what the server would not know or not take. */
const itemsOf = (
  part: Part,
  names: ItemNames,
  { isStored, isCut }: Pick<Whereabouts, 'isStored' | 'isCut'>,
): readonly object[] => {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [messageWith(withoutLogprobs(outputText(part, [])), isCut ? undefined : part.raw)];
    case 'refusal':
      return part.text === '' ? [] : [messageWith({ type: 'refusal', refusal: part.text })];
    case 'reasoning': {
      const item = rawObject(part.raw);
      if (item?.['type'] !== 'reasoning') return [];
      // What the server does not keep it knows only by its sealed form.
      const isKnown = isStored || typeof item['encrypted_content'] === 'string';
      return isKnown ? [{ ...item, summary: item['summary'] ?? [] }] : [];
    }
    case 'tool-call':
      if (part.executedBy === 'client') return [callItem(part, names, isCut)];
      return callItemOf(part.raw) && !isCut ? [part.raw as object] : [];
    case 'tool-result':
    case 'other': {
      const item = isCut ? undefined : itemOfPart(part, names, []);
      return item && isOwn(item) ? [part.raw as object] : [];
    }
    case 'audio':
      return [];
  }
};

interface Message {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly content?: readonly object[];
}

/** Texts that came in one message go back in one: the server refuses two of a name. */
const joined = (items: readonly object[]): readonly object[] => {
  const all: object[] = [];
  for (const item of items) {
    const { type, id, content = [] } = item as Message;
    const last = all.at(-1) as Message | undefined;
    const isSame = type === 'message' && last?.type === 'message' && id !== undefined && last.id === id;
    if (isSame) all[all.length - 1] = { ...last, content: [...(last.content ?? []), ...content] };
    else all.push(item);
  }
  return all;
};

/** The items that follow a round of tool calls: the answer's own, unless the server has them, and the results. */
export const nextInput = (
  parts: readonly Part[],
  answers: readonly ToolAnswer[],
  whereabouts: Whereabouts,
): readonly object[] => {
  const { place, isInConversation, isCut } = whereabouts;
  // Of a response that never ended a conversation holds nothing, and takes no results.
  if (isInConversation && isCut) return [];
  const namer = new ItemNamer();
  const names = new Map(parts.map((part, at) => [part, namer.of(part, place + at)]));
  const calls = new NamedCalls(parts, (call) => (names.get(call) as ItemNames).callId);
  return [
    ...(isInConversation
      ? []
      : joined(parts.flatMap((part) => itemsOf(part, names.get(part) as ItemNames, whereabouts)))),
    ...answers.map(({ call, text }) => ({
      type: call.input === 'text' ? 'custom_tool_call_output' : 'function_call_output',
      call_id: calls.take(call),
      output: text,
    })),
  ];
};
