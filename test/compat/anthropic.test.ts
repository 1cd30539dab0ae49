import Anthropic from '@anthropic-ai/sdk';
import { from, lastValueFrom } from 'rxjs';
import { accumulateDelta, type Completion, type Delta, type FinishReason, streamCompletion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { answer, type Reply } from 'rxllm/testing';

import { fixtures } from '../support/fixtures.ts';
import { expectNothingUncaught, provider } from '../support/provider.ts';
import { readingOfCompletion, readingOfMessage, textsOfCompletion, textsOfEvents } from './messageReading.ts';

expectNothingUncaught();

const serve = async (replies: readonly Reply[]) => {
  const running = await provider({ replies });
  const baseUrl = running.baseUrl(anthropicMessages);
  const client = new Anthropic({ baseURL: baseUrl, apiKey: 'sk-1', maxRetries: 0, logLevel: 'off' });
  const body = { model: 'm', max_tokens: 99, messages: [] };
  return {
    ...running,
    ours: (): Promise<Completion> =>
      lastValueFrom(streamCompletion(anthropicMessages, { baseUrl, body, retry: false })),
    plain: async () => textsOfEvents(await client.messages.create({ ...body, stream: true })),
    helper: async () => readingOfMessage(await client.messages.stream(body).finalMessage()),
    betaHelper: async () => readingOfMessage(await client.beta.messages.stream(body).finalMessage()),
  };
};

const start: Delta = { type: 'start', id: 'msg_1', model: 'claude-1', attempt: 1, step: 0 };
const end: Delta = { type: 'end' };
const usage: Delta = {
  type: 'usage',
  usage: {
    inputTokens: 100,
    outputTokens: 50,
    totalTokens: 150,
    cachedInputTokens: 64,
    cacheWriteTokens: 10,
    reasoningTokens: 20,
    audioInputTokens: undefined,
    audioOutputTokens: undefined,
    raw: undefined,
  },
};

const finish = (reason: FinishReason, raw = '', details?: unknown): Delta => ({
  type: 'finish',
  choice: 0,
  reason,
  raw,
  details,
});

/** A part from its beginning to its end. */
const part = (
  number: number,
  kind: 'text' | 'reasoning' | 'tool-call' | 'tool-result',
  ...deltas: readonly object[]
) => {
  const place = { choice: 0, part: number };
  const [details, rest] = deltas[0] && !('type' in deltas[0]) ? [deltas[0], deltas.slice(1)] : [{}, deltas];
  return [
    { type: 'part-start', ...place, kind, ...details },
    ...rest.map((delta) => ({ ...place, ...delta })),
    { type: 'part-end', ...place },
  ] as Delta[];
};

const text = (words: string) => ({ type: 'text', text: words });
const tool = (fields: object, executedBy = 'client') => ({ type: 'tool-call', input: 'json', executedBy, ...fields });
const whole = (...deltas: readonly Delta[]): readonly Delta[] => [start, ...deltas, usage, end];

const citation = { type: 'char_location', cited_text: 'Grass is green.', document_index: 0, document_title: 'Grass' };
const searchResult = {
  type: 'web_search_result',
  title: 'Shannon',
  url: 'https://example.org',
  encrypted_content: 'abc',
};

const scenarios: Readonly<Record<string, readonly Delta[]>> = {
  text: answer({ text: 'To be, or not to be', usage: { inputTokens: 3, outputTokens: 6 } }),
  'multi-byte text': answer({ text: ['漢', '字 é\r\n\u2028', '👩‍🚀', '"\\\u0000'] }),
  'empty text': answer({ text: '' }),
  'a refusal in words': answer({ refusal: 'No, I am afraid not.' }),
  'thinking with its signature, hidden thinking, text': whole(
    ...part(
      0,
      'reasoning',
      { type: 'reasoning', text: 'Hm, ' },
      { type: 'reasoning', text: '漢.' },
      { type: 'signature', signature: 'sig' },
    ),
    ...part(1, 'reasoning', { redacted: 'hidden' }),
    ...part(2, 'text', text('Yes.')),
    finish('stop'),
  ),
  'text and tool calls': answer({
    text: 'Let me see.',
    toolCalls: [
      { id: 'toolu_1', name: 'add', arguments: ['{"a"', ': 1, "b": [2]}'] },
      { id: 'toolu_2', name: 'now', arguments: '' },
    ],
  }),
  'tool calls that interleave': whole(
    ...part(0, 'tool-call', tool({ id: 'toolu_1', name: 'add' })).slice(0, -1),
    ...part(1, 'tool-call', tool({ id: 'toolu_2', name: 'sub' }), tool({ argumentsText: '{"c":' })).slice(0, -1),
    { type: 'tool-call', choice: 0, part: 0, argumentsText: '{"a":1}', input: 'json', executedBy: 'client' },
    { type: 'tool-call', choice: 0, part: 1, argumentsText: '2}', input: 'json', executedBy: 'client' },
    { type: 'part-end', choice: 0, part: 0 },
    { type: 'part-end', choice: 0, part: 1 },
    finish('tool-calls'),
  ),
  'a tool call cut short': answer({
    finishReason: 'length',
    toolCalls: [{ id: 'toolu_1', name: 'add', arguments: '{"a": 1, "b' }],
  }),
  'a tool of the server, with its result': whole(
    ...part(
      0,
      'tool-call',
      tool({ id: 'srvtoolu_1', name: 'web_search' }, 'server'),
      tool({ argumentsText: '{"query":"é"}' }, 'server'),
    ),
    ...part(1, 'tool-result', {
      raw: { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [searchResult] },
    }),
    ...part(2, 'text', text('Found.')),
    finish('stop'),
  ),
  citations: whole(
    ...part(
      0,
      'text',
      text('It is '),
      { type: 'citation', citation: { url: undefined, title: 'Grass', citedText: 'x', raw: citation } },
      text('green.'),
    ),
    finish('stop'),
  ),
  'usage with all that it tells': whole(...part(0, 'text', text('a')), finish('stop')),
  'a stop sequence': whole(...part(0, 'text', text('a')), finish('stop', 'stop_sequence', { stop_sequence: 'zwölf' })),
  'a pause': whole(...part(0, 'tool-call', tool({ id: 'srvtoolu_1', name: 'web_search' }, 'server')), finish('pause')),
  ...Object.fromEntries(
    (['stop', 'length', 'tool-calls', 'refusal'] as const).map((reason) => [
      `the stop reason ${reason}`,
      answer({ text: 'a', finishReason: reason }),
    ]),
  ),
  'a stop reason that is new': whole(...part(0, 'text', text('a')), finish('other', 'moonrise')),
};

describe('the official client and this library', () => {
  it.each(Object.entries(scenarios))('read the same of what the fake provider sends: %s', async (name, deltas) => {
    const { ours, plain, helper, betaHelper } = await serve([{ deltas }]);
    const completion = await ours();
    const reading = readingOfCompletion(completion);
    const meant = readingOfCompletion(await lastValueFrom(from(deltas).pipe(accumulateDelta())));

    // A messages server says a refusal as text.
    if (name !== 'a refusal in words') expect(reading.blocks).toEqual(meant.blocks);
    expect(reading.finishReason).toBe(meant.finishReason);
    expect(await plain()).toEqual(textsOfCompletion(completion));
    expect(await helper()).toEqual(reading);
    expect(await betaHelper()).toEqual(reading);
  });

  it('read the same counts of tokens', async () => {
    const { ours } = await serve([{ deltas: scenarios['usage with all that it tells'] }]);

    expect((await ours()).usage).toMatchObject({
      inputTokens: 100,
      outputTokens: 50,
      totalTokens: 150,
      cachedInputTokens: 64,
      cacheWriteTokens: 10,
      reasoningTokens: 20,
    });
  });

  it('read the same from a provider that is no server', async () => {
    const { fetch, ours } = await serve([{ deltas: answer({ text: 'To be' }) }]);
    const client = new Anthropic({ baseURL: 'http://nowhere.invalid', apiKey: 'sk-1', maxRetries: 0, fetch });
    const message = await client.messages.stream({ model: 'm', max_tokens: 9, messages: [] }).finalMessage();

    expect(readingOfMessage(message)).toEqual(readingOfCompletion(await ours()));
  });

  it('read the same whatever the pace, the pieces and the line ends', async () => {
    const deltas = scenarios['multi-byte text'] ?? [];
    const replies: readonly Reply[] = [
      { writeBytes: 1 },
      { writeBytes: 7, lineEnd: '\r\n' },
      { lineEnd: '\r', frameMs: 2 },
    ];

    for (const reply of replies) {
      const { ours, helper } = await serve([{ ...reply, deltas }]);
      const reading = readingOfCompletion(await ours());

      expect(reading.blocks[0]).toEqual(['text', '漢字 é\r\n\u2028👩‍🚀"\\\u0000', []]);
      expect(await helper()).toEqual(reading);
    }
  });
});

/** What the official client fails at, and Anthropic itself does not send. */
const beyond: Readonly<Record<string, string>> = {
  'no-event-lines': 'it goes by the event line alone',
  'without-message-stop': 'it wants the closing event although the stop reason is there',
};

/** Here `model` is the one that was asked; the beta client puts the one in its place that answered in the end. */
const answeredBy: Readonly<Record<string, string>> = { 'fallback-block': 'claude-sonnet-4-5-20250929' };

describe('of a recorded stream the official client and this library read the same', () => {
  const sound = fixtures
    .filter(({ dialect, golden }) => dialect.name === anthropicMessages.name && golden.outcome === 'complete')
    .map(({ name, bytes }) => ({ name: name.replace('anthropic-messages/', ''), bytes }));

  it.each(sound)('$name', async ({ name, bytes }) => {
    const { ours, plain, betaHelper } = await serve([{ bytes }]);
    const completion = await ours();

    if (name in beyond) {
      await expect(betaHelper()).rejects.toBeInstanceOf(Anthropic.AnthropicError);
      return;
    }
    expect(await plain()).toEqual(textsOfCompletion(completion));
    // The beta client reads all that the other does, and more.
    const reading = readingOfCompletion(completion);
    expect(await betaHelper()).toEqual({ ...reading, model: answeredBy[name] ?? reading.model });
  });

  it('and every exception is a stream that exists', () => {
    expect(Object.keys(beyond).filter((name) => !sound.some((fixture) => fixture.name === name))).toEqual([]);
  });
});

describe('the official client takes for its own errors', () => {
  const classes = [
    [400, 'invalid_request_error', Anthropic.BadRequestError],
    [401, 'authentication_error', Anthropic.AuthenticationError],
    [403, 'permission_error', Anthropic.PermissionDeniedError],
    [404, 'not_found_error', Anthropic.NotFoundError],
    [429, 'rate_limit_error', Anthropic.RateLimitError],
    [500, 'api_error', Anthropic.InternalServerError],
    [529, 'overloaded_error', Anthropic.InternalServerError],
  ] as const;

  it.each(classes)('a reply with the status %d', async (status, code, type) => {
    const headers = { 'request-id': 'req_1' };
    const { plain, helper, ours } = await serve([{ status, error: { message: 'No', code }, headers }]);

    const seen = await plain().catch((reason: unknown) => reason);
    expect(seen).toBeInstanceOf(type);
    expect(seen).toMatchObject({ status, requestID: 'req_1', error: { error: { type: code, message: 'No' } } });
    await expect(helper()).rejects.toBeInstanceOf(type);
    await expect(ours()).rejects.toMatchObject({ _tag: 'HttpError', status, code, requestId: 'req_1' });
  });

  it('a key that is wrong', async () => {
    const { origin } = await provider({ apiKey: 'sk-right' });
    const client = new Anthropic({ baseURL: origin, apiKey: 'sk-wrong', maxRetries: 0 });

    await expect(client.messages.create({ model: 'm', max_tokens: 9, messages: [] })).rejects.toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
  });

  it('an error within the stream', async () => {
    const error = { message: 'Overloaded', code: 'overloaded_error', requestId: 'req_1' };
    const { plain, helper, ours } = await serve([{ deltas: answer({ text: 'To be' }), error }]);

    for (const seen of [await plain().catch((reason: unknown) => reason), await helper().catch((r: unknown) => r)]) {
      expect(seen).toBeInstanceOf(Anthropic.APIError);
      expect(seen).toMatchObject({ error: { error: { type: 'overloaded_error', message: 'Overloaded' } } });
    }
    await expect(ours()).rejects.toMatchObject({
      _tag: 'ApiError',
      code: 'overloaded_error',
      requestId: 'req_1',
      partial: { text: 'To be' },
    });
  });

  it('a connection that cannot be made, and one that breaks', async () => {
    const fault = { kind: 'cut', afterBytes: 300, with: 'fin' } as const;
    const { plain, helper, close } = await serve([{ deltas: answer(), fault, transfer: 'chunked' }]);

    await expect(plain()).rejects.toThrow();
    await expect(helper()).rejects.toBeInstanceOf(Anthropic.AnthropicError);
    await close();
    await expect(plain()).rejects.toBeInstanceOf(Anthropic.APIConnectionError);
  });
});
