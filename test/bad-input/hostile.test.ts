import { from, lastValueFrom } from 'rxjs';
import {
  accumulateDelta,
  type AccumulateDeltaOptions,
  type Completion,
  decodeDeltas,
  type Delta,
  isStreamError,
  reduceDelta,
  type StreamError,
  streamDeltas,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const chat = (...chunks: readonly object[]): string =>
  chunks.map((chunk) => `data: ${JSON.stringify({ id: 'c-1', model: 'm', ...chunk })}\n\n`).join('');

const choice = (index: number, delta: object, finish_reason?: string): object => ({ index, delta, finish_reason });

const events = (...list: readonly object[]): string =>
  list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');

const messageStart = { type: 'message_start', message: { id: 'msg_1', model: 'm' } };

interface Seen {
  readonly last: Completion;
  readonly error: StreamError | undefined;
  readonly count: number;
}

/** What a consumer sees of text that a server sends; an error must be one of a stream. */
const see = (text: string, dialect: typeof openAiChat = openAiChat, limits: AccumulateDeltaOptions = {}): Seen => {
  const { values, error } = record(from([text]).pipe(decodeDeltas(dialect), accumulateDelta(limits)));
  if (error !== undefined && !isStreamError(error)) throw error;
  return { last: values.at(-1) as Completion, error, count: values.length };
};

const seeMessages = (...list: readonly object[]): Seen =>
  see(events(...list), anthropicMessages as unknown as typeof openAiChat);

const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

describe('an index beyond reason', () => {
  it.each([1e9, 2 ** 53, 1e300])('of a choice, %d, makes no list of that length', (index) => {
    const { last, error } = see(
      chat(
        { choices: [choice(0, { content: 'zero' }), choice(index, { content: 'far' })] },
        { choices: [choice(0, {}, 'stop'), choice(index, {}, 'stop')] },
      ),
    );

    expect(error).toBeUndefined();
    expect(last.choices.map((one) => [one.index, one.text])).toEqual([
      [0, 'zero'],
      [index, 'far'],
    ]);
  });

  it.each([-1, -1e9, -0.5])('of a choice, %d, never takes the place of choice 0', (index) => {
    const { last } = see(chat({ choices: [choice(0, { content: 'zero' }), choice(index, { content: 'below' })] }));

    expect(last.choices[0].index).toBe(0);
    expect(last.text).toBe('zero');
  });

  it.each([
    ['one answer', 1, [1]],
    ['two answers', 2, [0, 7]],
  ])('of a choice does not stand in for %s that was asked for', (_, expectedChoices, indexes) => {
    const text = chat({ choices: indexes.map((index) => choice(index, { content: 'x' }, 'stop')) });
    const { error } = record(from([text]).pipe(decodeDeltas(openAiChat, { expectedChoices })));

    expect(error).toMatchObject({ _tag: 'TruncatedError' });
  });

  it.each([1e9, -1, 0.5])('of a tool call, %d, is a call like any other', (index) => {
    const call = { index, id: 'call_1', function: { name: 'add', arguments: '{}' } };
    const { last } = see(chat({ choices: [choice(0, { tool_calls: [call] }, 'tool_calls')] }));

    expect(last.toolCalls).toMatchObject([{ status: 'complete', id: 'call_1', name: 'add' }]);
    expect(last.choices[0].parts).toHaveLength(1);
  });

  it.each([1e9, -1, 0.5])('of a block, %d, is a block like any other', (index) => {
    const { last } = seeMessages(
      messageStart,
      { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index, delta: { type: 'text_delta', text: 'far' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      { type: 'message_stop' },
    );

    expect(last).toMatchObject({ text: 'far', ended: true });
    expect(last.choices[0].parts).toHaveLength(1);
  });

  it('of a part is refused before a list of that length is made', () => {
    const part: Delta = { type: 'text', choice: 0, part: 1e9, text: 'far' };

    expect(record(from([part]).pipe(accumulateDelta())).error).toMatchObject({ option: 'maxParts' });
  });
});

describe('a flood', () => {
  const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
  const maxParts = 500;

  const floods: readonly (readonly [what: string, text: string, dialect: object])[] = [
    ['choices', chat(...range(600).map((index) => ({ choices: [choice(index, { content: 'x' })] }))), openAiChat],
    [
      'choices with gaps',
      chat(...range(600).map((index) => ({ choices: [choice(1e6 - index * 7, { content: 'x' })] }))),
      openAiChat,
    ],
    [
      'tool calls',
      chat(
        ...range(600).map((index) => ({
          choices: [choice(0, { tool_calls: [{ index, id: `call_${index}`, function: { name: 'n' } }] })],
        })),
      ),
      openAiChat,
    ],
    [
      'blocks',
      events(
        messageStart,
        ...range(600).map((index) => ({
          type: 'content_block_start',
          index,
          content_block: { type: 'text', text: '' },
        })),
      ),
      anthropicMessages,
    ],
  ];

  it.each(floods)('of %s is a LimitError', (_, text, dialect) => {
    const { error } = see(text, dialect as typeof openAiChat, { maxParts });

    expect(error).toMatchObject({ _tag: 'LimitError', option: 'maxParts', limit: maxParts });
  });

  it('of parts has a bound although none is given', () => {
    const last: Delta = { type: 'part-start', choice: 0, part: 10_000, kind: 'text' };

    expect(record(from([last]).pipe(accumulateDelta())).error).toMatchObject({ option: 'maxParts', limit: 10_000 });
  });

  const heavy = 'x'.repeat(100_000);
  const place = { choice: 0, part: 0 };
  const heavies: readonly (readonly [what: string, delta: (part: number) => Delta])[] = [
    ['text', () => ({ type: 'text', ...place, text: heavy })],
    [
      'tool arguments',
      () => ({ type: 'tool-call', ...place, argumentsText: heavy, input: 'json', executedBy: 'client' }),
    ],
    [
      'audio',
      () => ({ type: 'audio', ...place, id: undefined, data: heavy, transcript: undefined, expiresAtS: undefined }),
    ],
    [
      'citations',
      () => ({ type: 'citation', ...place, citation: { url: heavy, title: heavy, citedText: heavy, raw: heavy } }),
    ],
    ['hidden reasoning', (part) => ({ type: 'part-start', choice: 0, part, kind: 'reasoning', redacted: heavy })],
    ['blocks that nobody knows', (part) => ({ type: 'part-start', choice: 0, part, kind: 'other', raw: { heavy } })],
    ['signatures', (part) => ({ type: 'signature', choice: 0, part, signature: heavy })],
    [
      'log probabilities',
      () => ({
        type: 'logprobs',
        choice: 0,
        content: [{ token: heavy, bytes: null, logprob: 0, topLogprobs: [] }],
        refusal: [],
      }),
    ],
  ];

  it.each(heavies)('of %s is counted by what it holds', (_, delta) => {
    const deltas = Array.from({ length: 100 }, (__, part) => delta(part));
    const { error } = record(from(deltas).pipe(accumulateDelta({ maxAnswerChars: 1_000_000 })));

    expect(error).toMatchObject({ _tag: 'LimitError', option: 'maxAnswerChars' });
  });

  it('of a hundred thousand tiny frames in one slice is an answer', () => {
    const frames = `data: {"choices":[{"delta":{"content":"x"}}]}\n\n`.repeat(100_000);
    const { last } = see(frames + chat({ choices: [choice(0, {}, 'stop')] }));

    expect(last).toMatchObject({ ended: true });
    expect(last.text).toHaveLength(100_000);
  });

  it('of frames that say nothing is passed over', () => {
    const nothing = ': \n\ndata:\n\ndata: {}\n\nevent: ping\ndata: {}\n\nfoo: bar\n\n\n\n{}\n'.repeat(10_000);
    const { last, count } = see(nothing + chat({ choices: [choice(0, { content: 'x' }, 'stop')] }));

    expect(last).toMatchObject({ text: 'x', ended: true });
    expect(count).toBeLessThan(10);
  });
});

describe('a name with a meaning of its own', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];

  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each(names)('%s is a field like any other', (name) => {
    const field = `"${name}":{"polluted":true}`;
    const { last, error } = see(
      `data: {${field},"id":"c-1","choices":[{${field},"delta":{${field},"content":"x"},"finish_reason":"stop"}],"usage":{${field},"prompt_tokens":1}}\n\n`,
    );

    expect(error).toBeUndefined();
    expect(last).toMatchObject({ text: 'x', finishReason: 'stop', usage: { inputTokens: 1 }, ended: true });
  });

  it.each(names)('%s is a tool and an id like any other', (name) => {
    const call = { index: 0, id: name, function: { name, arguments: `{"${name}":{"polluted":true}}` } };
    const { last } = see(chat({ choices: [choice(0, { tool_calls: [call] }, 'tool_calls')] }));

    expect(last.toolCalls).toMatchObject([{ status: 'complete', id: name, name }]);
    expect(Object.keys((last.toolCalls[0] as { arguments?: object }).arguments ?? {})).toEqual([name]);
  });

  it.each(names)('%s is a stop reason, an event, a block and a delta like any other', (name) => {
    expect(see(chat({ choices: [choice(0, { content: 'x' }, name)] })).last.finishReason).toBe('other');

    const { last, error } = seeMessages(
      messageStart,
      { type: name },
      { type: 'content_block_start', index: 0, content_block: { type: name } },
      { type: 'content_block_delta', index: 0, delta: { type: name } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: name } },
    );
    expect(error).toBeUndefined();
    expect(last).toMatchObject({ finishReason: 'other', ended: true });
    expect(last.choices[0].parts).toEqual([{ kind: 'other', raw: { type: name } }]);
  });

  it.each(names)('%s is the code of an error like any other', (name) => {
    const { error } = see(chat({ error: { message: name, code: name, type: name } }));

    expect(error).toMatchObject({ _tag: 'ApiError', code: name, providerMessage: name });
  });

  it.each(names)('%s is the event of a frame like any other', (name) => {
    const { last } = see(`event: ${name}\nid: ${name}\n${chat({ choices: [choice(0, { content: 'x' }, 'stop')] })}`);

    expect(last).toMatchObject({ text: 'x', ended: true });
  });
});

describe('nesting beyond reason', () => {
  const depth = 200_000;
  const deepObject = nested(depth, '{"a":', '}').replace(':}', ':1}');

  it.each([
    ['lists', `data: ${nested(depth, '[', ']')}\n\n`],
    ['objects', `data: ${deepObject}\n\n`],
    ['lists in a list of one error', `data: [{"error":${nested(depth, '[', ']')}}]\n\n`],
    ['a bare line', `${deepObject}\n`],
    ['brackets that never close', `data: ${'['.repeat(depth)}\n\n`],
  ])('of %s ends in an error of the stream', (_, text) => {
    expect(see(text).error?._tag).toMatch(/^(ChunkParseError|TruncatedError|ApiError)$/);
  });

  it('in a field that nobody knows is carried', () => {
    const { last } = see(
      `data: {"id":"c-1","what":${deepObject},"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n`,
    );

    expect(last).toMatchObject({ text: 'x', ended: true });
  });

  it('in the arguments of a tool is theirs', () => {
    const call = { index: 0, id: 'call_1', function: { name: 'n', arguments: deepObject } };
    const { last } = see(chat({ choices: [choice(0, { tool_calls: [call] }, 'tool_calls')] }));

    expect(last.toolCalls[0]?.status).toMatch(/^(complete|invalid)$/);
  });

  it('in the input of a block ends in an answer or an error of the stream', () => {
    const block = `{"type":"tool_use","id":"toolu_1","name":"n","input":${deepObject}}`;
    const text =
      events(messageStart) +
      `data: {"type":"content_block_start","index":0,"content_block":${block}}\n\n` +
      events({ type: 'content_block_stop', index: 0 }, { type: 'message_delta', delta: { stop_reason: 'tool_use' } });
    const { last, error } = see(text, anthropicMessages as unknown as typeof openAiChat);

    expect(error?._tag ?? last.toolCalls[0]?.status).toMatch(/^(ChunkParseError|complete|invalid|cut-short)$/);
  });
});

describe('odd characters', () => {
  it('NUL and other controls are text', () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('');
    const { last } = see(chat({ choices: [choice(0, { content: controls }, 'stop')] }));

    expect(last.text).toBe(controls);
  });

  it('half a surrogate pair is text, and so is its other half', () => {
    const { last } = see(
      'data: {"choices":[{"delta":{"content":"\\ud83e"}}]}\n\n' +
        'data: {"choices":[{"delta":{"content":"\\udd8a"},"finish_reason":"stop"}]}\n\n',
    );

    expect(last.text).toBe('🦊');
  });

  it('raw NUL bytes between frames are passed over, and within JSON are an error', () => {
    expect(see(`\u0000\n\n${chat({ choices: [choice(0, { content: 'x' }, 'stop')] })}`).last.text).toBe('x');
    expect(see('data: {"id":"\u0000"}\n\n').error).toMatchObject({ _tag: 'ChunkParseError' });
  });

  it('an id of a million characters is an id', () => {
    const id = 'i'.repeat(1_000_000);
    const { last } = see(`id: ${id}\n${chat({ id, choices: [choice(0, { content: 'x' }, 'stop')] })}`);

    expect(last.id === id).toBe(true);
    expect(last.ended).toBe(true);
  });

  it.each(['id', 'event', 'data'])('a field "%s" beyond the bound of a frame is a LimitError', (field) => {
    expect(see(`${field}: ${'x'.repeat(8_400_000)}\ndata: {}\n\n`).error).toMatchObject({
      _tag: 'LimitError',
      option: 'maxFrameChars',
    });
  });

  it('a comment beyond the bound of a frame is a LimitError', () => {
    expect(see(`:${'x'.repeat(8_400_000)}\n`).error).toMatchObject({ _tag: 'LimitError', option: 'maxFrameChars' });
  });

  it('many small lines beyond the bound of a frame are a LimitError', () => {
    expect(see('data: xxxxxxxxxx\n'.repeat(1_000_000)).error).toMatchObject({ option: 'maxFrameChars' });
  });
});

describe('deltas that make no sense', () => {
  it('are no crash, in any order', () => {
    const place = { choice: 0, part: 0 };
    const senseless: readonly Delta[] = [
      { type: 'end' },
      { type: 'part-end', ...place },
      { type: 'finish', choice: 3, reason: 'stop', raw: 'stop' },
      { type: 'text', ...place, text: 'a' },
      { type: 'tool-call', ...place, input: 'json', executedBy: 'client' },
      { type: 'signature', ...place, signature: 's' },
      { type: 'part-start', ...place, kind: 'audio' },
      { type: 'end' },
      { type: 'text', choice: 0, part: 2, text: 'b' },
    ];

    expect(thrownBy(() => senseless.reduce<Completion | undefined>(reduceDelta, undefined))).toBeUndefined();
    expect(senseless.reduce<Completion | undefined>(reduceDelta, undefined)?.text).toBe('ab');
  });
});

describe('a hostile server', () => {
  it('that floods is left', async () => {
    const { baseUrl, requests, openSockets } = await provider({
      replies: () => ({
        deltas: (function* (): Generator<Delta> {
          for (let part = 0; ; part += 1) {
            yield { type: 'tool-call', choice: 0, part, id: `call_${part}`, input: 'json', executedBy: 'client' };
          }
        })(),
      }),
    });
    const options = { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] }, retry: false as const };
    const completion$ = streamDeltas(openAiChat, options).pipe(accumulateDelta({ maxParts: 500 }));

    await expect(lastValueFrom(completion$)).rejects.toMatchObject({ option: 'maxParts' });
    await until(() => openSockets() === 0, 'the close');
    expect(requests[0]?.endedBy).toBe('client');
  });
});
