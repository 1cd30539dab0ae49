import type { Part, ToolCall } from '../../completions/Completion.ts';
import { citationToResponses } from './annotations.ts';
import type { ResponseItem } from './codec.ts';
import { callOf } from './toolItems.ts';

type PartOf<Kind extends Part['kind']> = Extract<Part, { readonly kind: Kind }>;

/** An object that a provider sent, of whatever kind. */
export type Raw = Readonly<Record<string, unknown>>;

export const rawObject = (raw: unknown): Raw | undefined =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Raw) : undefined;

/** The item that a call came as; `undefined` where it came from elsewhere. */
export const callItemOf = (raw: unknown): Raw | undefined => {
  const item = rawObject(raw);
  return typeof item?.['type'] === 'string' && callOf(item as ResponseItem) ? item : undefined;
};

/** The type of the item that stands for a call. */
export const callTypeOf = ({ raw, executedBy, input }: Pick<ToolCall, 'raw' | 'executedBy' | 'input'>): string => {
  const type = callItemOf(raw)?.['type'];
  if (typeof type === 'string') return type;
  if (executedBy === 'server') return 'mcp_call';
  return input === 'json' ? 'function_call' : 'custom_tool_call';
};

/** The field in which an item of a type has the text of its arguments; others have them in a form of their own. */
export const argumentsField = (type: string): 'arguments' | 'input' | 'code' | undefined => {
  switch (type) {
    case 'function_call':
    case 'mcp_call':
      return 'arguments';
    case 'custom_tool_call':
      return 'input';
    case 'code_interpreter_call':
    case 'program':
      return 'code';
    default:
      return undefined;
  }
};

/** How the item of a part is told from others. */
export interface ItemNames {
  readonly id: string;
  /** What results of a call refer to. */
  readonly callId: string;
}

/** The item of a call, with whatever else the provider said of it. */
export const itemOfCall = (
  call: Pick<ToolCall, 'raw' | 'executedBy' | 'input' | 'name'>,
  argumentsText: string,
  status: string,
  { id, callId }: ItemNames,
): Raw => {
  const raw = callItemOf(call.raw);
  const type = callTypeOf(call);
  const field = argumentsField(type);
  const isOfClient = type === 'function_call' || type === 'custom_tool_call';
  return {
    ...(type === 'mcp_call' && { server_label: '' }),
    ...(type !== 'custom_tool_call' && { status }),
    ...(raw ?? { id }),
    type,
    ...(isOfClient && { call_id: callId }),
    ...((isOfClient || type === 'mcp_call') && { name: call.name }),
    ...(field !== undefined && { [field]: argumentsText }),
  };
};

/** What a message said of itself, where a text came in one of this API's. */
export const messageHeadOf = (raw: unknown): Raw | undefined => {
  const head = rawObject(raw);
  return head?.['type'] === 'message' ? head : undefined;
};

const messageOf = (id: string, content: object, head?: Raw): Raw => ({
  status: 'completed',
  ...head,
  type: 'message',
  id,
  role: 'assistant',
  content: [content],
});

/** What a text part is in a message. */
export const outputText = ({ text, citations }: PartOf<'text'>, logprobs: readonly object[]): Raw => ({
  type: 'output_text',
  text,
  annotations: citations.toArray().map(citationToResponses),
  logprobs,
});

/** A reasoning item that came from this provider goes on as it is; others show their text, and what is sealed. */
const itemOfReasoning = ({ text, redacted, raw }: PartOf<'reasoning'>, id: string): Raw => {
  const item = rawObject(raw);
  if (item?.['type'] === 'reasoning') return { ...item, summary: item['summary'] ?? [] };
  return {
    type: 'reasoning',
    id,
    summary: [],
    ...(text !== '' && { content: [{ type: 'reasoning_text', text }] }),
    ...(redacted !== undefined && { encrypted_content: redacted }),
    status: 'completed',
  };
};

/** The output item that stands for a part; none for the result of a call whose own item has it. */
export const itemOfPart = (part: Part, names: ItemNames, logprobs: readonly object[]): Raw | undefined => {
  switch (part.kind) {
    case 'text':
      return messageOf(names.id, outputText(part, logprobs), messageHeadOf(part.raw));
    case 'refusal':
      return messageOf(names.id, { type: 'refusal', refusal: part.text });
    case 'reasoning':
      return itemOfReasoning(part, names.id);
    case 'tool-call':
      return itemOfCall(part, part.argumentsText, 'completed', names);
    case 'tool-result':
    case 'other': {
      const raw = callItemOf(part.raw) ? undefined : rawObject(part.raw);
      return raw && { type: 'unknown', ...raw };
    }
    case 'audio':
      return undefined;
  }
};
