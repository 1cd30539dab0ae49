import * as fc from 'fast-check';
import * as t from 'io-ts';

import { anthropicMessages } from '../../src/dialects/anthropic-messages/anthropicMessages.ts';
import { isSurelyEvent } from '../../src/dialects/anthropic-messages/isSurelyEvent.ts';
import { MessageStreamEvent } from '../../src/dialects/anthropic-messages/codec.ts';
import { GenerateContentResponse } from '../../src/dialects/gemini/codec.ts';
import { gemini } from '../../src/dialects/gemini/gemini.ts';
import { isSurelyResponse } from '../../src/dialects/gemini/isSurelyResponse.ts';
import { ChatCompletionChunk } from '../../src/dialects/openai-chat/codec.ts';
import { isSurelyChunk } from '../../src/dialects/openai-chat/isSurelyChunk.ts';
import { openAiChat } from '../../src/dialects/openai-chat/openAiChat.ts';
import { quickened } from '../../src/dialects/quickened.ts';

const toolCall = {
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'f', arguments: '{"a"' },
  custom: null,
  extra_content: { google: {} },
};
const chatExamples = [
  {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    service_tier: 'default',
    choices: [
      { index: 0, delta: { role: 'assistant', content: 'Hi', refusal: null }, logprobs: null, finish_reason: null },
    ],
    usage: null,
  },
  {
    choices: [
      { delta: { reasoning: 'Hm', reasoning_content: 'Hm', tool_calls: [toolCall, {}] }, finish_reason: 'stop' },
    ],
  },
  {
    citations: ['https://a.test'],
    choices: [
      {
        delta: {
          content: [{ type: 'text', text: 'Hi' }],
          reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }],
          tool_calls: [{ custom: { name: 'f', input: 'a' } }],
          function_call: { name: 'f', arguments: '' },
          audio: { id: 'a', data: '', expires_at: 1 },
          annotations: [{}],
        },
      },
    ],
  },
];
const eventExamples = [
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'Hm' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'signature_delta', signature: 's' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'a_new_delta', text: 5 } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
  { type: 'a_new_event' },
];

const geminiExamples = [
  {
    candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }],
    usageMetadata: {
      promptTokenCount: 8,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 1,
      toolUsePromptTokenCount: 0,
      cachedContentTokenCount: 0,
      totalTokenCount: 11,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 8 }],
      toolUsePromptTokensDetails: [],
      candidatesTokensDetails: null,
    },
    modelVersion: 'm',
    responseId: 'r',
  },
  {
    candidates: [
      {
        content: { parts: [{ text: 'Hm', thought: true }, { thoughtSignature: 's' }] },
        finishReason: 'STOP',
        finishMessage: '',
      },
    ],
  },
  {
    candidates: [
      {
        content: {
          parts: [
            { functionCall: { name: 'f', args: {} } },
            { executableCode: { code: '' } },
            { toolCall: { id: 't' } },
            { inlineData: { mimeType: 'audio/pcm', data: '' } },
            { audioTranscription: { text: '' } },
          ],
        },
        citationMetadata: { citations: [] },
        groundingMetadata: { groundingChunks: [] },
        logprobsResult: { chosenCandidates: [{ token: 'Hi', logProbability: 0 }] },
      },
    ],
    promptFeedback: { blockReason: 'SAFETY' },
  },
];

const junk = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'text', 0, Number.NaN, true, 5n, Symbol('s'), () => ''),
  fc.constantFrom<unknown>(
    [],
    {},
    [null],
    [[]],
    ['text'],
    [{}],
    new Date(0),
    new Map(),
    new Proxy({}, {}),
    new Proxy([], {}),
  ),
  fc.constantFrom<unknown>(new String('text'), new Number(1), Object.create(null), Object.assign([], { type: 'text' })),
);

const asGetters = (fields: object): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { get: () => value as unknown }])),
  );

/** The ways in which an object may have its fields. */
const forms: readonly ((fields: object) => unknown)[] = [
  (fields) => fields,
  (fields) => fields,
  (fields) => fields,
  (fields) => Object.create(fields) as unknown,
  asGetters,
  (fields) => Object.create(asGetters(fields)) as unknown,
  (fields) => Object.assign(Object.create(null) as object, fields),
  (fields) => Object.assign([], fields),
  (fields) => new Proxy(fields, {}),
];

/** Values like the example, here and there with something else in it, or held in another way. */
const like = (example: unknown): fc.Arbitrary<unknown> => {
  const same = Array.isArray(example)
    ? fc.tuple(...example.map(like))
    : typeof example === 'object' && example !== null
      ? fc
          .tuple(
            fc.record(Object.fromEntries(Object.entries(example).map(([name, value]) => [name, like(value)]))),
            fc.constantFrom(...forms),
          )
          .map(([fields, form]) => form(fields))
      : fc.constant(example);
  return fc.oneof({ weight: 15, arbitrary: same }, { weight: 1, arbitrary: junk });
};

describe.each<{ name: string; quick: t.Mixed; codec: t.Mixed; isSurely(value: unknown): boolean; examples: unknown[] }>(
  [
    {
      name: 'ChatCompletionChunk',
      quick: openAiChat.chunk,
      codec: ChatCompletionChunk,
      isSurely: isSurelyChunk,
      examples: chatExamples,
    },
    {
      name: 'MessageStreamEvent',
      quick: anthropicMessages.chunk,
      codec: MessageStreamEvent,
      isSurely: isSurelyEvent,
      examples: eventExamples,
    },
    {
      name: 'GenerateContentResponse',
      quick: gemini.chunk,
      codec: GenerateContentResponse,
      isSurely: isSurelyResponse,
      examples: geminiExamples,
    },
  ],
)('the quick $name', ({ quick, codec, isSurely, examples }) => {
  const value = fc.oneof(...examples.map(like));

  it('says what the codec says, whatever is in a value and however it is held', () => {
    fc.assert(
      fc.property(value, (json) => {
        expect(quick.is(json)).toBe(codec.is(json));
        expect(isSurely(json) && !codec.is(json)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('complains as the codec does', () => {
    fc.assert(
      fc.property(value, (json) => {
        expect(quick.decode(json)).toEqual(codec.decode(json));
      }),
    );
  });

  it.each(examples.slice(0, 2))('is sure of what nearly all of a stream consists of, as %j', (example) => {
    expect(isSurely(JSON.parse(JSON.stringify(example)))).toBe(true);
  });
});

describe('quickened', () => {
  const slow = t.type({ size: t.number }, 'Sized');
  const codec = quickened(slow, (value) => value === 'sure');

  it('takes what is surely one, without asking the codec', () => {
    expect(codec.is('sure')).toBe(true);
  });

  it('leaves all else to the codec', () => {
    expect(codec.is({ size: 1 })).toBe(true);
    expect(codec.is({ size: '1' })).toBe(false);
  });

  it('is the codec in all other ways', () => {
    expect(codec).toBeInstanceOf(t.InterfaceType);
    expect({ name: codec.name, tag: codec._tag, props: codec.props }).toEqual({
      name: 'Sized',
      tag: 'InterfaceType',
      props: slow.props,
    });
    expect(codec.decode({ size: '1' })).toEqual(slow.decode({ size: '1' }));
    expect(codec.encode({ size: 1 })).toEqual({ size: 1 });
    expect(slow.is('sure')).toBe(false);
  });
});
