import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { lastValueFrom, take, takeUntil, timer, toArray } from 'rxjs';
import { type Delta, streamCompletion, streamDeltas } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { answer, fakeProvider, type FakeProviderOptions, type Reply } from 'rxllm/testing';

import { closedOrigin, ending, expectNothingUncaught, failure, provider, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', max_tokens: 9, messages: [], input: [] };
const chatUrl = 'http://fake.test/v1/chat/completions';
const messagesUrl = 'http://fake.test/v1/messages';
const post = { method: 'POST', body: '{"stream":true}' };

const dialects = [openAiChat, anthropicMessages, openAiResponses, ollama];

const deltas = answer({ text: 'To be, or not to be', usage: { inputTokens: 1, outputTokens: 6 } });

/** Both ways out of a provider: in place of the network, and over a socket. */
const ways: readonly (readonly [how: string, open: (options?: FakeProviderOptions) => Promise<Way>])[] = [
  [
    'fetch',
    (options) => {
      const fake = fakeProvider(options);
      return Promise.resolve({ ...fake, baseUrl: ({ name }) => (name === 'openai-chat' ? 'http://a/v1' : 'http://a') });
    },
  ],
  [
    'listen',
    async (options) => {
      const running = await provider(options);
      return { ...running, fetch: globalThis.fetch };
    },
  ],
];

interface Way {
  readonly fetch: typeof globalThis.fetch;
  readonly requests: Awaited<ReturnType<typeof provider>>['requests'];
  readonly baseUrl: (dialect: { readonly name: string }) => string;
}

const ask = ({ baseUrl, fetch }: Way, more: object = {}) =>
  streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), fetch, body, retry: false, ...more });

const textFrom = async (way: Way, more?: object): Promise<string> =>
  (await ending(ask(way, more))).values.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');

/** Deltas without end, and what became of whoever gave them. */
const endless = () => {
  const state = { pulled: 0, isDone: false };
  const text: Delta = { type: 'text', choice: 0, part: 0, text: 'and so on '.repeat(100) };
  function* source(): Generator<Delta> {
    try {
      yield* answer().slice(0, 1);
      for (;;) {
        state.pulled += 1;
        yield text;
      }
    } finally {
      state.isDone = true;
    }
  }
  return { state, source };
};

describe.each(ways)('a fake provider, asked by %s', (_, open) => {
  it.each(dialects)('gives the same answer in the words of $name', async (dialect) => {
    const { baseUrl, fetch, requests } = await open({ replies: [{ deltas }] });
    const request = { baseUrl: baseUrl(dialect), fetch, body };
    const completion = await lastValueFrom(streamCompletion(dialect as typeof openAiChat, request));

    expect(completion).toMatchObject({
      // Ollama gives its answers no ids.
      id: dialect.name === 'ollama' ? '' : 'answer-1',
      model: 'fake-model',
      text: 'To be, or not to be',
      finishReason: 'stop',
      usage: { inputTokens: 1, outputTokens: 6, totalTokens: 7 },
      ended: true,
    });
    expect(requests).toMatchObject([{ dialect: dialect.name, body, endedBy: 'server' }]);
  });

  it.each(dialects)('loses no delta whose part was not announced, in $name', async (dialect) => {
    const bare = deltas.filter(({ type }) => type !== 'part-start' && type !== 'part-end');
    const { baseUrl, fetch } = await open({ replies: [{ deltas: bare }] });
    const request = { baseUrl: baseUrl(dialect), fetch, body };

    expect(await lastValueFrom(streamCompletion(dialect as typeof openAiChat, request))).toMatchObject({
      text: 'To be, or not to be',
      ended: true,
    });
  });

  it('greets when it is not told what to answer', async () => {
    expect(await textFrom(await open())).toBe('Hello! I am a stand-in for a model.');
    expect(await textFrom(await open({ replies: [] }))).toBe('Hello! I am a stand-in for a model.');
  });

  it('answers with its replies one after the other, and goes on with the last', async () => {
    const way = await open({ replies: ['one', 'two'].map((text) => ({ deltas: answer({ text }) })) });

    expect([await textFrom(way), await textFrom(way), await textFrom(way)]).toEqual(['one', 'two', 'two']);
  });

  it('answers with what a function makes of the request', async () => {
    const way = await open({
      replies: (request, count) => ({ deltas: answer({ text: `${count}: ${JSON.stringify(request.body)}` }) }),
    });

    expect(await textFrom(way)).toContain('0: {"stream_options"');
    expect(await textFrom(way)).toContain('1: {"stream_options"');
  });

  it('tells what was wrong with a reply that it cannot give', async () => {
    const broken: readonly (readonly [FakeProviderOptions['replies'], string])[] = [
      [
        () => {
          throw new Error('mine');
        },
        'mine',
      ],
      [[{ writeBytes: 0 }], 'writeBytes must be a whole number above 0'],
      [[{ writeBytes: NaN }], 'writeBytes must be'],
      [[{ fault: { kind: 'stall', afterBytes: -1 } }], 'fault.afterBytes must be 0 or more'],
      [[{ fault: { kind: 'cutt' as 'stall', afterBytes: 1 } }], "fault.kind must be 'cut' or 'stall' or 'heartbeats'"],
      [[{ fault: { kind: 'cut', afterBytes: 1, with: 'bang' as 'fin' } }], "fault.with must be 'fin' or 'rst'"],
      [[{ text: 'Hello' } as object], 'replies.text is unknown; a reply has deltas, bytes, error'],
    ];
    for (const [replies, words] of broken) {
      const error = await failure(ask(await open({ replies })));

      expect(error).toMatchObject({ _tag: 'HttpError', status: 500, code: 'invalid_reply', isRetryable: false });
      expect((error as Error).message).toContain(words);
    }
  });

  it('tells what its deltas threw, after those before', async () => {
    const source = (function* (): Generator<Delta> {
      yield* deltas.slice(0, 3);
      throw new Error('mine');
    })();
    const { values, error } = await ending(ask(await open({ replies: [{ deltas: source }] })));

    expect(values).toHaveLength(3);
    expect(error).toMatchObject({ _tag: 'ApiError', providerMessage: 'the deltas threw: Error: mine' });
  });

  it('wants the key that it is told of', async () => {
    const way = await open({ apiKey: 'sk-1', replies: [{ deltas }] });

    expect(await textFrom(way, { apiKey: 'sk-1' })).toBe('To be, or not to be');
    for (const apiKey of [undefined, 'sk-2', 'sk-1-and-more']) {
      expect(await failure(ask(way, { apiKey }))).toMatchObject({ status: 401, code: 'authentication_error' });
    }
    const messages = { baseUrl: way.baseUrl(anthropicMessages), fetch: way.fetch, body, apiKey: 'sk-1' };
    expect(await lastValueFrom(streamCompletion(anthropicMessages, messages))).toMatchObject({ ended: true });
  });

  it('knows no other address', async () => {
    const way = await open();
    const url = `${way.baseUrl(openAiChat)}/embeddings`;
    const response = await way.fetch(url, post);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: 'not_found_error', message: `no such address: ${url}` },
    });
    expect(way.requests).toMatchObject([{ dialect: '', url }]);
  });

  it.each(['', 'Hi', '42', 'null', '"text"'])('wants a JSON object, and not %j', async (text) => {
    const way = await open();
    const url = `${way.baseUrl(openAiChat)}/chat/completions`;
    const response = await way.fetch(url, { method: 'POST', body: text });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request_error' } });
  });

  it('lets pages of other origins ask', async () => {
    const way = await open();
    const url = `${way.baseUrl(openAiChat)}/chat/completions`;
    const preflight = await way.fetch(url, { method: 'OPTIONS' });
    const response = await way.fetch(url, post);
    await response.body?.cancel();

    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(way.requests).toHaveLength(1);
  });

  const early: readonly (readonly [where: string, reply: Reply])[] = [
    ['before the head', { deltas, headMs: 60_000 }],
    ['before the first frame', { deltas, firstFrameMs: 60_000 }],
    ['between frames', { deltas, frameMs: 60_000 }],
    ['in a stall', { deltas, fault: { kind: 'stall', afterBytes: 200 } }],
    ['among heartbeats', { deltas, fault: { kind: 'heartbeats', afterBytes: 200, everyMs: 5 } }],
  ];

  it.each(early)('notes that the client left %s', async (_where, reply) => {
    const way = await open({ replies: [reply] });
    const subscription = ask(way).subscribe();
    await until(() => way.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(way.requests[0]?.endedBy).toBeUndefined();

    subscription.unsubscribe();

    await until(() => way.requests[0]?.endedBy === 'client', 'the note', 500);
  });

  it('stops an endless answer when the client leaves', async () => {
    const { state, source } = endless();
    const way = await open({ replies: () => ({ deltas: source() }) });

    expect(await lastValueFrom(ask(way).pipe(take(10), toArray()))).toHaveLength(10);

    await until(() => state.isDone && way.requests[0]?.endedBy === 'client', 'the end of it');
    const { pulled } = state;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(state.pulled).toBe(pulled);
  });

  it('lets timers ring while an endless answer goes on without a pause', async () => {
    const { state, source } = endless();
    const way = await open({ replies: () => ({ deltas: source() }) });

    await ending(ask(way).pipe(takeUntil(timer(50))));

    expect(state.pulled).toBeGreaterThan(1);
    await until(() => state.isDone, 'the end of it');
  });

  it('answers many at once, each from the start', async () => {
    const way = await open({ replies: [{ deltas, frameMs: 1 }] });
    const texts = await Promise.all(Array.from({ length: 20 }, () => textFrom(way)));

    expect(new Set(texts)).toEqual(new Set(['To be, or not to be']));
    expect(way.requests).toHaveLength(20);
  });
});

describe('the fetch of a fake provider', () => {
  it('gives what its server gives', async () => {
    const running = await provider({ replies: [{ deltas, headers: { 'x-request-id': 'req_1' } }] });
    const [memory, socket] = await Promise.all([
      running.fetch(messagesUrl, post),
      fetch(`${running.origin}/v1/messages`, post),
    ]);

    expect(memory.status).toBe(socket.status);
    for (const name of ['content-type', 'x-request-id', 'access-control-allow-origin']) {
      expect(memory.headers.get(name)).toBe(socket.headers.get(name));
    }
    expect(await memory.text()).toBe(await socket.text());
  });

  it.each([204, 304])('has no body with the status %d', async (status) => {
    const { fetch, requests } = fakeProvider({ replies: [{ status }] });
    const response = await fetch(chatUrl, post);

    expect(response.body).toBeNull();
    expect(requests[0]?.endedBy).toBe('server');
  });

  it('rejects with the reason of its signal: at once, before the head, and in the body', async () => {
    const { fetch, requests } = fakeProvider({ replies: [{ headMs: 60_000 }, { deltas, firstFrameMs: 60_000 }] });
    const reason = new Error('enough');
    const leave = new AbortController();

    await expect(fetch(chatUrl, { ...post, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toHaveLength(0);

    const waiting = fetch(chatUrl, { ...post, signal: leave.signal });
    const reading = fetch(chatUrl, { ...post, signal: leave.signal }).then((response) => response.text());
    await until(() => requests.length === 2);
    leave.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(reading).rejects.toBe(reason);
    expect(requests.map(({ endedBy }) => endedBy)).toEqual(['client', 'client']);
  });

  it('hears of its signal however long the body is read', async () => {
    setFlagsFromString('--expose_gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { fetch, requests } = fakeProvider({ replies: [{ deltas, fault: { kind: 'stall', afterBytes: 50 } }] });
    const leave = new AbortController();
    const reader = (await fetch(chatUrl, { ...post, signal: leave.signal })).body?.getReader();
    const reading = (async () => {
      while (!(await reader?.read())?.done);
    })();
    for (let round = 0; round < 5; round += 1) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    leave.abort();

    await expect(reading).rejects.toThrow(/abort/i);
    expect(requests[0]?.endedBy).toBe('client');
  });

  it('pulls no delta that nobody reads', async () => {
    const { state, source } = endless();
    const { fetch } = fakeProvider({ replies: () => ({ deltas: source() }) });
    const { body: stream } = await fetch(chatUrl, post);
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(state.pulled).toBeLessThanOrEqual(2);
    await stream?.cancel();
    await until(() => state.isDone);
  });

  it('serves a standard request, as servers and service workers do', async () => {
    const { handle, requests } = fakeProvider({ replies: [{ deltas }] });
    const response = await handle(new Request(messagesUrl, { ...post, headers: { 'X-Api-Key': 'sk-1' } }));

    expect(await response.text()).toContain('message_stop');
    expect(requests).toMatchObject([{ url: messagesUrl, headers: { 'x-api-key': 'sk-1' }, endedBy: 'server' }]);
  });

  it('needs no server, and finds none', async () => {
    const { fetch } = fakeProvider({ replies: [{ deltas }] });

    expect(await textFrom({ fetch, requests: [], baseUrl: () => 'http://a' })).toBe('To be, or not to be');
    expect(
      await failure(ask({ fetch: globalThis.fetch, requests: [], baseUrl: () => 'http://a.invalid' })),
    ).toBeTruthy();
    expect(await closedOrigin()).toMatch(/^http:/);
  });
});
