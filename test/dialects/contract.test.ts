import type { Delta } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';

import { partEnd, partStart, reasoning } from '../support/deltas.ts';
import { roundOf } from '../support/dialectContract/samples.ts';
import { dialectContract } from '../support/dialectContract.ts';

type Json = Readonly<Record<string, unknown>>;

const namesOf = (tools: unknown, read: (tool: Json) => unknown): readonly unknown[] =>
  ((tools ?? []) as Json[]).map(read);
const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` });
const streamsByBody = (_url: string, { stream }: Json): boolean => stream === true;
const messages = [{ role: 'user', content: 'Hi' }];
const noPause = { 'the stop reason pause': 'only Anthropic’s models pause' };
const noRefusals = { 'a refusal': 'a refusal is text' };
const nothingHidden = { 'hidden reasoning': 'there is none' };
const listOf = (value: unknown): Json[] => (value ?? []) as Json[];

const chatCallIds = ({ messages: list }: Json) => ({
  called: listOf(list).flatMap(({ tool_calls: calls }) => listOf(calls).map(({ id }) => id)),
  answered: listOf(list).flatMap(({ role, tool_call_id: id }) => (role === 'tool' ? [id] : [])),
});

/** The words of content, whether it is text or a list of parts. */
const wordsIn = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : listOf(content)
        .map(({ text }) => String(text))
        .join('\n\n');

const said = (list: unknown, field = 'content') =>
  listOf(list).map((message) => [String(message['role']), wordsIn(message[field])] as const);

const instruction = (content: unknown) => (content === undefined ? [] : [['system', wordsIn(content)] as const]);

const ofChat = ({ messages: list }: Json) => said(list);
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
const picture = { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } };
const inlineImage = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
const inputImage = { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' };

const blocksOf = (list: unknown, type: string): Json[] =>
  listOf(list)
    .flatMap(({ content }) => (Array.isArray(content) ? listOf(content) : []))
    .filter((block) => block['type'] === type);

const googleParts = (contents: unknown, kind: string): unknown[] =>
  listOf(contents)
    .flatMap(({ parts }) => listOf(parts))
    .flatMap((part) => (part[kind] === undefined ? [] : [part[kind] as Json]))
    .map(({ id, name }) => id ?? name);

const sealedItem = (id: string, seal: string): object => ({
  type: 'reasoning',
  id,
  summary: [],
  encrypted_content: seal,
});

const functionName = (tool: Json): unknown => (tool['function'] as Json)['name'];

dialectContract(() => ({
  dialect: openAiChat,
  body: { model: 'm', messages },
  required: ['model', 'messages'],
  baseUrl: 'https://api.openai.com/v1',
  url: 'https://api.openai.com/v1/chat/completions',
  wholeUrl: 'https://api.openai.com/v1/chat/completions',
  auth: bearer,
  asksForStream: streamsByBody,
  toolNames: ({ tools }) => namesOf(tools, functionName),
  nearestReasons: { refusal: 'content-filter', pause: 'stop' },
  unknownData: '{"object":"tomorrow","x":1}',
  seals: ['SEAL-1', 'HIDDEN-1'],
  callIds: chatCallIds,
  conversation: ofChat,
  ownContent: { part: image, whole: { content: [image], name: 'Ada' } },
}));

dialectContract(() => ({
  dialect: anthropicMessages,
  body: { model: 'm', max_tokens: 9, messages },
  required: ['model', 'max_tokens', 'messages'],
  baseUrl: 'https://api.anthropic.com',
  url: 'https://api.anthropic.com/v1/messages',
  wholeUrl: 'https://api.anthropic.com/v1/messages',
  auth: (apiKey) => ({ 'x-api-key': apiKey }),
  asksForStream: streamsByBody,
  toolNames: ({ tools }) => namesOf(tools, ({ name }) => name),
  cannotSay: { 'a refusal': 'it is text with a stop reason of its own' },
  nearestReasons: { 'content-filter': 'refusal' },
  unknownData: '{"type":"tomorrow","x":1}',
  seals: ['SEAL-1', 'HIDDEN-1'],
  callIds: ({ messages: list }) => ({
    called: blocksOf(list, 'tool_use').map(({ id }) => id),
    answered: blocksOf(list, 'tool_result').map(({ tool_use_id: id }) => id),
  }),
  conversation: ({ system, messages: list }) => [...instruction(system), ...said(list)],
  ownContent: { part: picture, whole: { content: [picture] } },
}));

dialectContract(() => ({
  dialect: openAiResponses,
  body: { model: 'm', input: [{ role: 'user', content: 'Hi' }] },
  required: ['model', 'input'],
  baseUrl: 'https://api.openai.com/v1',
  url: 'https://api.openai.com/v1/responses',
  wholeUrl: 'https://api.openai.com/v1/responses',
  auth: bearer,
  asksForStream: streamsByBody,
  toolNames: ({ tools }) => namesOf(tools, ({ name }) => name),
  cannotSay: {
    ...noPause,
    'sealed reasoning and a call': 'its own seal is a whole item',
    'hidden reasoning': 'its own is a whole item',
    'a refusal': 'it has a stop reason of its own',
  },
  nearestReasons: { refusal: 'content-filter' },
  unknownData: '{"type":"response.tomorrow","sequence_number":99,"x":1}',
  seals: ['SEAL-1', 'SEAL-2'],
  round: roundOf(
    partStart(0, 'reasoning'),
    reasoning(0, 'Hm'),
    { ...partEnd(0), raw: sealedItem('rs_1', 'SEAL-1') } as Delta,
    partStart(1, 'reasoning'),
    { ...partEnd(1), raw: sealedItem('rs_2', 'SEAL-2') } as Delta,
  ),
  callIds: ({ input }) => ({
    called: listOf(input).flatMap(({ type, call_id: id }) => (type === 'function_call' ? [id] : [])),
    answered: listOf(input).flatMap(({ type, call_id: id }) => (type === 'function_call_output' ? [id] : [])),
  }),
  conversation: ({ instructions, input }) => [...instruction(instructions), ...said(input)],
  ownContent: { part: inputImage, whole: { type: 'message', content: [inputImage] } },
}));

dialectContract(() => ({
  dialect: gemini,
  body: { model: 'gemini-2.5-flash', contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
  required: ['model', 'contents'],
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
  wholeUrl: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
  auth: (apiKey) => ({ 'x-goog-api-key': apiKey }),
  asksForStream: (url) => url.includes(':streamGenerateContent'),
  toolNames: ({ tools }) =>
    ((tools ?? []) as Json[]).flatMap(({ functionDeclarations }) => namesOf(functionDeclarations, ({ name }) => name)),
  cannotSay: { ...noPause, ...noRefusals, ...nothingHidden },
  nearestReasons: { refusal: 'content-filter' },
  unknownData: '{"xTomorrow":{"a":1}}',
  seals: ['SEAL-1'],
  callIds: ({ contents }) => ({
    called: googleParts(contents, 'functionCall'),
    answered: googleParts(contents, 'functionResponse'),
  }),
  conversation: ({ systemInstruction, contents }) => [
    ...instruction((systemInstruction as Json | undefined)?.['parts']),
    ...said(contents, 'parts'),
  ],
  ownContent: { part: inlineImage, whole: { parts: [inlineImage] } },
}));

dialectContract(() => ({
  dialect: ollama,
  body: { model: 'm', messages },
  required: ['model', 'messages'],
  baseUrl: 'http://127.0.0.1:11434',
  url: 'http://127.0.0.1:11434/api/chat',
  wholeUrl: 'http://127.0.0.1:11434/api/chat',
  auth: bearer,
  asksForStream: streamsByBody,
  toolNames: ({ tools }) => namesOf(tools, functionName),
  cannotSay: {
    ...noPause,
    ...noRefusals,
    ...nothingHidden,
    'sealed reasoning and a call': 'nothing is sealed',
    'a call that length cut short': 'calls come whole',
    'error codes': 'an error is only words',
  },
  nearestReasons: { refusal: 'stop', 'content-filter': 'stop' },
  unknownData: '{"xTomorrow":{"a":1}}',
  seals: [],
  callIds: ({ messages: list }) => ({
    called: listOf(list).flatMap(({ tool_calls: calls }) =>
      listOf(calls).map((call) => call['id'] ?? functionName(call)),
    ),
    answered: listOf(list).flatMap(({ role, tool_call_id: id, tool_name: name }) =>
      role === 'tool' ? [id ?? name] : [],
    ),
  }),
  conversation: ofChat,
  ownContent: { part: undefined, whole: { content: 'What is this?', images: ['AAAA'] } },
}));
