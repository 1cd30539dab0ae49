import type { MessageParam } from '@anthropic-ai/sdk/resources/messages';
import type { Content } from '@google/genai';
import type { Message } from 'ollama';
import type OpenAI from 'openai';

/** What is wrong with a conversation in the eyes of a provider; empty when it would be taken. */
export type Complaints = readonly string[];

type ChatMessage = OpenAI.ChatCompletionMessageParam;
type Item = OpenAI.Responses.ResponseInputItem;

/** Each call must be answered once, by what comes right behind it. */
const unanswered = (called: readonly string[], answered: readonly string[]): Complaints => [
  ...called.filter((id) => !answered.includes(id)).map((id) => `call ${id} is not answered`),
  ...answered.filter((id) => !called.includes(id)).map((id) => `answer to ${id} without a call`),
  ...(new Set(called).size < called.length ? ['two calls of one id'] : []),
  ...(new Set(answered).size < answered.length ? ['a call answered twice'] : []),
];

const isBlank = (text: unknown): boolean => typeof text !== 'string' || text.trim() === '';

/** What follows `at`, as long as it is of a kind. */
const runFrom = <T, S extends T>(list: readonly T[], at: number, is: (one: T) => one is S): readonly S[] => {
  const run: S[] = [];
  for (let next = at; next < list.length; next += 1) {
    const one = list[next] as T;
    if (!is(one)) break;
    run.push(one);
  }
  return run;
};

const isToolMessage = (message: ChatMessage): message is OpenAI.ChatCompletionToolMessageParam =>
  message.role === 'tool';

export const chatComplaints = (messages: readonly ChatMessage[]): Complaints =>
  messages.flatMap((message, at) => {
    if (message.role === 'tool') {
      const before = messages.slice(0, at).findLast(({ role }) => role !== 'tool');
      return before?.role === 'assistant' && before.tool_calls !== undefined ? [] : ['a result without its calls'];
    }
    if (message.role !== 'assistant') return [];
    const calls = message.tool_calls ?? [];
    const names = calls.map((call) => (call.type === 'function' ? call.function.name : call.custom.name));
    const saysNothing = isBlank(message.content) && (message.refusal ?? '') === '' && calls.length === 0;
    return [
      ...(saysNothing && (message.content ?? '') === '' ? ['an assistant that says nothing'] : []),
      ...names.filter((name) => name === '').map(() => 'a call without a name'),
      ...unanswered(
        calls.map(({ id }) => id),
        runFrom(messages, at + 1, isToolMessage).map(({ tool_call_id: id }) => id),
      ),
    ];
  });

export const messagesComplaints = (messages: readonly MessageParam[]): Complaints =>
  messages.flatMap((message, at) => {
    if (typeof message.content === 'string') return isBlank(message.content) ? ['blank content'] : [];
    const blocks = message.content;
    const next = messages[at + 1]?.content ?? [];
    const results = (typeof next === 'string' ? [] : next).flatMap((block) =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    const uses = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const last = blocks.at(-1)?.type;
    const served = blocks.flatMap((block) => (block.type === 'server_tool_use' ? [block.id] : []));
    const given = blocks.flatMap((block) =>
      'tool_use_id' in block && block.type !== 'tool_result' ? [block.tool_use_id] : [],
    );
    return [
      ...(blocks.length === 0 ? ['no content'] : []),
      ...(message.role === 'assistant' && (last === 'thinking' || last === 'redacted_thinking')
        ? ['ends with a thought']
        : []),
      ...blocks.flatMap((block) => {
        if (block.type === 'text') return isBlank(block.text) ? ['blank text'] : [];
        if (block.type === 'thinking') return block.signature === '' ? ['a thought without a seal'] : [];
        return block.type === 'tool_use' && block.name === '' ? ['a call without a name'] : [];
      }),
      ...(message.role === 'assistant' ? unanswered(uses, results) : []),
      ...served.filter((id) => given.length > 0 && !given.includes(id)).map((id) => `no result of ${id}`),
    ];
  });

export const responsesComplaints = (items: readonly Item[]): Complaints => {
  const called = items.flatMap((item) =>
    item.type === 'function_call' || item.type === 'custom_tool_call' ? [item.call_id] : [],
  );
  const answered = items.flatMap((item) =>
    item.type === 'function_call_output' || item.type === 'custom_tool_call_output' ? [item.call_id ?? ''] : [],
  );
  const ids = items.flatMap((item) => ('id' in item && typeof item.id === 'string' ? [item.id] : []));
  return [
    ...unanswered(called, answered),
    ...(new Set(ids).size < ids.length ? ['two items of one id'] : []),
    ...(items.at(-1)?.type === 'reasoning' ? ['ends with a thought'] : []),
  ];
};

export const contentsComplaints = (contents: readonly Content[]): Complaints =>
  contents.flatMap(({ role, parts = [] }, at) => {
    const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    const results = (contents[at + 1]?.parts ?? []).filter(({ functionResponse }) => functionResponse !== undefined);
    return [
      ...(parts.length === 0 ? ['no parts'] : []),
      ...(parts.every((part) => Object.keys(part).length === 0) ? ['empty parts'] : []),
      ...(role === 'model' && calls.length !== results.length
        ? [`${calls.length} calls and ${results.length} results`]
        : []),
      ...calls.flatMap(({ functionCall }, call) =>
        functionCall?.name === results[call]?.functionResponse?.name ? [] : ['a result of another function'],
      ),
    ];
  });

const isToolAnswer = (message: Message): message is Message & { role: 'tool' } => message.role === 'tool';

export const ollamaComplaints = (messages: readonly Message[]): Complaints =>
  messages.flatMap((message, at) => {
    if (message.role !== 'assistant') return [];
    const calls = message.tool_calls ?? [];
    const results = runFrom(messages, at + 1, isToolAnswer);
    return [
      ...(message.content === '' && calls.length === 0 && message.images === undefined ? ['says nothing'] : []),
      ...(calls.length === results.length ? [] : [`${calls.length} calls and ${results.length} results`]),
      ...calls.filter(({ function: { name } }) => name === '').map(() => 'a call without a name'),
    ];
  });
