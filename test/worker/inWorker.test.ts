import { once } from 'node:events';

import * as t from 'io-ts';
import { concatMap, firstValueFrom, from, lastValueFrom, merge, mergeMap, of, toArray } from 'rxjs';
import {
  accumulateDelta,
  HttpError,
  InvalidOptionError,
  reduceDelta,
  runTools,
  streamCompletion,
  streamDeltas,
  type StreamOptions,
  tool,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';
import { serveStreams } from 'rxllm/worker';

import { fixtures } from '../support/fixtures.ts';
import {
  closedOrigin,
  ending,
  expectNothingUncaught,
  failure,
  provider,
  renderings,
  until,
} from '../support/provider.ts';
import { bodyFor, chat, joined, makeRunner, toldOf, workers } from './running.ts';

expectNothingUncaught();

describe('inWorker gives what streamDeltas gives', () => {
  it.each([...new Set(fixtures.map(({ dialect }) => dialect))].map((dialect) => [dialect.name, dialect] as const))(
    'for every recorded stream of %s',
    async (_name, dialect) => {
      const runIn = makeRunner({ keepAliveMs: Infinity });
      for (const { name, bytes } of fixtures.filter((fixture) => fixture.dialect === dialect)) {
        const { baseUrl } = await provider({ replies: [{ bytes }] });
        const request = { baseUrl: baseUrl(dialect), body: bodyFor(dialect), retry: false } as StreamOptions<never>;
        const here = await ending(streamDeltas(dialect, request));
        const there = await ending(streamDeltas(dialect, { ...request, runIn }));

        expect([name, toldOf(there.error)]).toEqual([name, toldOf(here.error)]);
        expect(there.values.reduce(reduceDelta, undefined)).toEqual(here.values.reduce(reduceDelta, undefined));
        expect(new Set(there.values.map(({ type }) => type))).toEqual(new Set(here.values.map(({ type }) => type)));
      }
      expect(workers.length).toBe(1);
    },
    60_000,
  );

  const slow = answer({ text: ['one', ' two', ' three', ' four'], usage: { inputTokens: 1, outputTokens: 4 } });
  const faults: (readonly [string, readonly Reply[], Partial<StreamOptions<typeof chat>>?])[] = [
    ['a connection that ends', [{ deltas: slow, fault: { kind: 'cut', afterBytes: 500, with: 'fin' } }]],
    ['a connection that is reset', [{ deltas: slow, fault: { kind: 'cut', afterBytes: 500, with: 'rst' } }]],
    [
      '429 with a wait',
      [{ status: 429, error: { message: 'slow', code: 'rate_limit' }, headers: { 'retry-after': '7' } }],
    ],
    ['500 every time', [{ status: 500 }], { retry: { maxRetries: 2, firstDelayMs: 0 } }],
    ['503 once', [{ status: 503 }, { deltas: slow }], { retry: { firstDelayMs: 0 } }],
    ['an error in the stream', [{ deltas: slow, error: { message: 'too much', code: 'overloaded_error' } }]],
    ['a page in place of a stream', [{ bytes: '<html>', headers: { 'content-type': 'text/html' } }]],
    ['a redirect', [{ status: 302, headers: { location: 'http://elsewhere.test/?token=secret' } }]],
    ['no head', [{ deltas: slow, headMs: 5_000 }], { timeouts: { connectMs: 80 } }],
    ['no body', [{ deltas: slow, firstFrameMs: 5_000 }], { timeouts: { firstFrameMs: 80 } }],
    ['silence', [{ deltas: slow, fault: { kind: 'stall', afterBytes: 500 } }], { timeouts: { idleMs: 80 } }],
    ['too little time', [{ deltas: slow, fault: { kind: 'stall', afterBytes: 500 } }], { timeouts: { totalMs: 150 } }],
    [
      'heartbeats only',
      [{ deltas: slow, fault: { kind: 'heartbeats', afterBytes: 500, everyMs: 10 } }],
      { timeouts: { stalledMs: 90 } },
    ],
    ['a bound', [{ deltas: slow }], { limits: { maxFrameChars: 20 } }],
    ['a key that no header may hold', [{ deltas: slow }], { apiKey: 'sk-\u{1f511}' }],
  ];

  it.each(faults.map(([what, replies, more = {}]) => [what, replies, more] as const))(
    'and ends the same way: %s',
    async (_what, replies, more) => {
      const outcomes = [];
      const runIn = makeRunner();
      // One address for both, since it stands in the errors.
      const { baseUrl, requests } = await provider({
        replies: (_, count) => replies[Math.min(count - base, replies.length - 1)] as Reply,
      });
      let base = 0;
      for (const place of [undefined, runIn]) {
        base = requests.length;
        const request = { baseUrl: baseUrl(openAiChat), body: chat, retry: false, ...more, runIn: place } as const;
        const { values, error } = await ending(streamDeltas(openAiChat, request));
        const deltas = joined(values).map((delta) => ({ ...(delta as object), delayMs: undefined }));
        outcomes.push({ deltas, error: toldOf(error) });
      }

      expect(outcomes[1]).toEqual(outcomes[0]);
    },
  );

  it('a server that is not there', async () => {
    const baseUrl = await closedOrigin();
    const request = { baseUrl, body: chat, retry: false } as const;
    const here = await failure(streamDeltas(openAiChat, request));
    const there = await failure(streamDeltas(openAiChat, { ...request, runIn: makeRunner() }));

    expect(toldOf(there)).toEqual(toldOf(here));
    expect(toldOf(there)).toMatchObject({ class: 'NetworkError', fields: { code: 'ECONNREFUSED', isRetryable: true } });
    expect((there as Error).cause).toBeInstanceOf(Error);
  });

  it('a resumption in the middle', async () => {
    const words = 'It was the best of times, it was the worst of times.'.split(/(?<= )/);
    const { baseUrl, requests } = await provider({
      replies: [
        { deltas: answer({ text: words }), fault: { kind: 'cut', afterBytes: 900, with: 'fin' } },
        { deltas: answer({ text: words.slice(3) }) },
      ],
    });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, resume: { firstDelayMs: 0 }, runIn: makeRunner() };
    const { values } = await ending(streamDeltas(openAiChat, request));

    expect(requests).toHaveLength(2);
    expect(values.find(({ type }) => type === 'resume')).toMatchObject({ error: { _tag: 'TruncatedError' } });
    expect(values.reduce(reduceDelta, undefined)?.ended).toBe(true);
  });

  it('the same body on the wire, whatever it is made of', async () => {
    const { baseUrl, requests } = await provider();
    class Message {
      readonly role = 'user';
      readonly content = 'Hi';
      readonly sentAt = new Date(0);
      readonly print = (): string => this.content;
    }
    // Stores of state hand out proxies.
    const body = new Proxy({ model: 'm', messages: [new Message()], stop: undefined, seed: 2 ** 40 }, {});
    const headers = new Proxy({ 'x-one': '1' }, {});
    const request = { baseUrl: baseUrl(openAiChat), body, headers } as never as StreamOptions<typeof chat>;
    await lastValueFrom(streamDeltas(openAiChat, request));
    await lastValueFrom(streamDeltas(openAiChat, { ...request, runIn: makeRunner() }));

    expect(requests[1]?.body).toEqual(requests[0]?.body);
    expect(requests[1]?.headers['x-one']).toBe('1');
  });

  it('with its own copy of the request: what is changed after the call does not count', async () => {
    const { baseUrl, requests } = await provider();
    const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
    const deltas$ = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body, runIn: makeRunner() });
    body.messages.push({ role: 'user', content: 'later' });
    await lastValueFrom(deltas$);

    expect(requests[0]?.body).toMatchObject({ messages: [{ role: 'user', content: 'Hi' }] });
  });
});

describe('inWorker', () => {
  it('gives the first token at once, and joins the pieces of a frame', async () => {
    const words = Array.from({ length: 2_000 }, (_, at) => `word ${at} `);
    const { baseUrl } = await provider({ replies: [{ deltas: answer({ text: words }) }] });
    const { values } = await ending(
      streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner() }),
    );

    expect(values[0]?.type).toBe('start');
    expect(values.reduce(reduceDelta, undefined)?.text).toBe(words.join(''));
    expect(values.length).toBeLessThan(500);
  });

  it('retries in the worker, tells of it, and asks for the key anew each time', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ status: 503 }, { deltas: answer({ text: 'Hi' }) }] });
    const keys = ['first', 'second'];
    const { values, error } = await ending(
      streamDeltas(openAiChat, {
        baseUrl: baseUrl(openAiChat),
        body: chat,
        apiKey: async () => keys.shift(),
        retry: { firstDelayMs: 1 },
        runIn: makeRunner(),
      }),
    );

    expect(error).toBeUndefined();
    expect(values[0]).toMatchObject({ type: 'retry', attempt: 2, error: { _tag: 'HttpError', status: 503 } });
    expect((values[0] as { error: unknown }).error).toBeInstanceOf(HttpError);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer first', 'Bearer second']);
  });

  const holdingItself: Error & { self?: Error } = Object.assign(new Error('no'), { _tag: 'Mine' });
  holdingItself.self = holdingItself;

  it.each([
    ['an error of its own', Object.assign(new RangeError('logged out'), { user: 7 })],
    ['no error at all', { odd: () => 1 }],
    ['a tagged error that holds more than data', Object.assign(new Error('no'), { _tag: 'Mine', again: () => 1 })],
    ['a tagged error that holds itself', holdingItself],
    ['nothing', undefined],
  ])('ends in the very thing that an apiKey function throws: %s', async (_what, thrown) => {
    const { baseUrl } = await provider();
    const apiKey = (): never => {
      throw thrown;
    };
    const request = { baseUrl: baseUrl(openAiChat), body: chat, apiKey, runIn: makeRunner() };
    let error: unknown = 'none';
    await lastValueFrom(streamDeltas(openAiChat, request)).catch((reason: unknown) => (error = reason));

    expect(error).toBe(thrown);
  });

  it('retries where an apiKey function fails in a way that may heal, and tells of that very error', async () => {
    const { baseUrl } = await provider();
    const failed = new HttpError({ status: 503, url: 'http://keys.test' });
    let asked = 0;
    const apiKey = (): string => {
      asked += 1;
      if (asked === 1) throw failed;
      return 'key';
    };
    const request = { baseUrl: baseUrl(openAiChat), body: chat, apiKey, retry: { firstDelayMs: 0 } };
    const { values, error } = await ending(streamDeltas(openAiChat, { ...request, runIn: makeRunner() }));

    expect(error).toBeUndefined();
    expect((values[0] as { error?: unknown }).error).toBe(failed);
  });

  it('ends, where the key is nothing that a key can be', async () => {
    const { baseUrl } = await provider();
    for (const key of [7, { a: 1 }, () => 'key'] as never[]) {
      const request = { baseUrl: baseUrl(openAiChat), body: chat, apiKey: () => key, runIn: makeRunner() };

      expect(await failure(streamDeltas(openAiChat, request))).toHaveProperty('message', expect.any(String));
    }
  });

  it.each([
    ['and lets the worker go', 0, 0],
    ['while the worker stays', Infinity, 1],
  ])(
    'closes the socket within 100 ms when it is left, %s',
    async (_what, keepAliveMs, left) => {
      const { baseUrl, openSockets, requests } = await provider({
        replies: [{ deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } }],
      });
      const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner({ keepAliveMs }) };
      const tookMs: number[] = [];
      // A busy machine may be slow now and then; the best of five tells what it takes.
      for (let round = 1; round <= 5; round += 1) {
        await firstValueFrom(streamDeltas(openAiChat, request));
        const leftMs = performance.now();
        await until(() => openSockets() === 0, 'that the client left', 5_000);
        tookMs.push(performance.now() - leftMs);
      }

      expect(Math.min(...tookMs)).toBeLessThan(100);
      expect(requests.map(({ endedBy }) => endedBy)).toEqual(Array(5).fill('client'));
      await until(() => workers.filter(({ threadId }) => threadId !== -1).length === left, 'that the workers are gone');
    },
    30_000,
  );

  it('heeds the signal, also one that has aborted before', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ fault: { kind: 'stall', afterBytes: 0 } }] });
    const controller = new AbortController();
    const request = { baseUrl: baseUrl(openAiChat), body: chat, signal: controller.signal, runIn: makeRunner() };
    const running = failure(streamDeltas(openAiChat, request));
    await until(() => requests.length === 1);
    controller.abort('enough');

    expect(toldOf(await running)).toMatchObject({ class: 'AbortedError', cause: 'enough' });
    expect(await failure(streamDeltas(openAiChat, request))).toMatchObject({ _tag: 'AbortedError' });
    expect(workers.length).toBe(1);
    await until(() => requests[0]?.endedBy === 'client', 'that the client left');
  });

  it('sends nothing for a stream that is left before the worker is there', async () => {
    const { baseUrl, requests } = await provider();
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner({ keepAliveMs: Infinity }) };
    const left = streamDeltas(openAiChat, request).subscribe();
    left.unsubscribe();
    await lastValueFrom(streamDeltas(openAiChat, { ...request, body: { ...chat, model: 'second' } }));

    expect(requests.map(({ body }) => (body as typeof chat).model)).toEqual(['second']);
    expect(workers.length).toBe(1);
  });

  it('serves two hundred streams at once from one worker, and each gets its own answer', async () => {
    const { baseUrl } = await provider({
      replies: ({ body }) => ({ deltas: answer({ text: `answer of ${(body as typeof chat).model}` }), frameMs: 1 }),
    });
    const runIn = makeRunner();
    const texts = await lastValueFrom(
      from(Array.from({ length: 200 }, (_, at) => `m${at}`)).pipe(
        mergeMap(async (model) => {
          const request = { baseUrl: baseUrl(openAiChat), body: { ...chat, model }, runIn };
          return [model, (await lastValueFrom(streamCompletion(openAiChat, request))).text] as const;
        }),
        toArray(),
      ),
    );

    expect(texts).toHaveLength(200);
    expect(texts.filter(([model, text]) => text !== `answer of ${model}`)).toEqual([]);
    expect(workers.length).toBe(1);
  }, 30_000);

  it('closes two hundred sockets at once', async () => {
    const { baseUrl, openSockets, requests } = await provider({
      replies: [{ deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } }],
    });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner({ keepAliveMs: Infinity }) };
    const subscription = merge(...Array.from({ length: 200 }, () => streamDeltas(openAiChat, request))).subscribe();
    await until(() => requests.length === 200, 'all requests', 10_000);
    subscription.unsubscribe();
    await until(() => openSockets() === 0, 'that all have left', 20_000);

    expect(requests.every(({ endedBy }) => endedBy === 'client')).toBe(true);
  }, 30_000);

  it('is taken along by whatever makes requests: tools run here, between two requests there', async () => {
    const { baseUrl } = await provider({
      replies: [
        { deltas: answer({ toolCalls: [{ id: 'c', name: 'add', arguments: '{"a":1,"b":2}' }] }) },
        { deltas: answer({ text: 'It is 3.' }) },
      ],
    });
    const add = tool({ name: 'add', input: t.type({ a: t.number, b: t.number }), run: ({ a, b }) => a + b });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner({ keepAliveMs: 1_000 }) };
    const completion = await lastValueFrom(runTools(openAiChat, request, [add]).pipe(accumulateDelta()));

    expect(completion.text).toBe('It is 3.');
    expect(completion.toolCalls[0]?.run).toEqual({ status: 'done', result: 3 });
    expect(workers.length).toBe(1);
  });

  it('is cold: each subscription is a request, and with no wait each has a worker', async () => {
    const { baseUrl, requests } = await provider();
    const deltas$ = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner() });
    await lastValueFrom(deltas$);
    await lastValueFrom(deltas$);

    expect(requests).toHaveLength(2);
    expect(workers.length).toBe(2);
  });

  it('keeps its worker for a stream that begins where another ends', async () => {
    const { baseUrl, requests } = await provider();
    const deltas$ = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner() });
    await lastValueFrom(of(1, 2, 3).pipe(concatMap(() => deltas$)));

    expect(requests).toHaveLength(3);
    expect(workers.length).toBe(1);
  });

  it('lets a worker go that had nothing to do for a while', async () => {
    const { baseUrl } = await provider();
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: makeRunner({ keepAliveMs: 150 }) };
    await lastValueFrom(streamDeltas(openAiChat, request));
    const idleMs = performance.now();
    await once(workers[0] as never, 'exit');

    expect(performance.now() - idleMs).toBeGreaterThan(100);
  });

  it('does not mix the streams of two runners', async () => {
    const { baseUrl } = await provider({
      replies: ({ body }) => ({ deltas: answer({ text: (body as typeof chat).model }), frameMs: 2 }),
    });
    const texts = await Promise.all(
      ['a', 'b'].map(async (model) => {
        const request = { baseUrl: baseUrl(openAiChat), body: { ...chat, model }, runIn: makeRunner() };
        return (await lastValueFrom(streamCompletion(openAiChat, request))).text;
      }),
    );

    expect(texts).toEqual(['a', 'b']);
    expect(workers.length).toBe(2);
  });

  it('lets no key be seen in an error', async () => {
    const apiKey = 'sk-very-secret-key';
    const { baseUrl } = await provider({ replies: [{ status: 401, error: { message: `wrong key: ${apiKey}` } }] });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, apiKey, runIn: makeRunner() };
    const errors = [
      await failure(streamDeltas(openAiChat, request)),
      await failure(streamDeltas(openAiChat, { ...request, apiKey: `${apiKey}\n${apiKey}` })),
      await failure(streamDeltas({ ...openAiChat, name: 'unknown' }, request)),
      await failure(streamDeltas(openAiChat, { ...request, apiKey: () => `${apiKey}\n${apiKey}` })),
    ];

    expect(errors.map((error) => (error as Error).name)).toEqual([
      'HttpError',
      'InvalidOptionError',
      'WorkerError',
      'InvalidOptionError',
    ]);
    expect(errors.map(renderings).join('\n')).not.toContain('very-secret');
  });
});

describe('the options', () => {
  const request = { baseUrl: 'http://127.0.0.1:9/v1', body: chat };

  it.each([
    ['fetch', { fetch: globalThis.fetch }],
    ['readWhen', { readWhen: async () => undefined }],
    ['retry.shouldRetry', { retry: { shouldRetry: () => true } }],
    ['retry.random', { retry: { random: () => 0 } }],
    ['resume.random', { resume: { random: () => 0 } }],
    ['limits.more', { limits: { maxFrameChars: 9, more: () => 1 } }],
    ['baseUrl', { baseUrl: 'nowhere' }],
    ['resume.by', { resume: { by: 'magic' as never } }],
    ['body.model', { body: { messages: [] } as never }],
  ])('refuse %s at the call', (option, wrong) => {
    const runIn = makeRunner();

    expect(() => streamDeltas(openAiChat, { ...request, ...wrong, runIn })).toThrow(
      expect.objectContaining({ _tag: 'InvalidOptionError', option }),
    );
    expect(workers.length).toBe(0);
  });

  it('of its own must make sense', () => {
    expect(() => makeRunner({ keepAliveMs: -1 })).toThrow(InvalidOptionError);
    expect(() => makeRunner({ readyMs: 0 })).toThrow(InvalidOptionError);
    expect(() => makeRunner({ maxWaitMs: NaN })).toThrow(InvalidOptionError);
    expect(() => makeRunner({ minIntervalMs: -5 })).toThrow(InvalidOptionError);
  });

  it('of serveStreams, too', () => {
    const { port1 } = new MessageChannel();

    expect(() => serveStreams([openAiChat])).toThrow(expect.objectContaining({ option: 'scope' }));
    expect(() => serveStreams([openAiChat, openAiChat], port1)).toThrow(
      expect.objectContaining({ option: 'dialects' }),
    );
    port1.close();
  });
});
