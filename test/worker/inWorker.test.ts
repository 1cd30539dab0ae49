import { Worker } from 'node:worker_threads';

import * as t from 'io-ts';
import { firstValueFrom, lastValueFrom, type Observable, take } from 'rxjs';
import {
  accumulateDelta,
  type Delta,
  type Dialect,
  HttpError,
  InvalidOptionError,
  isStreamError,
  reduceDelta,
  runTools,
  streamCompletion,
  streamDeltas,
  type StreamOptions,
  type StreamRunner,
  tool,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';
import { inWorker, type InWorkerOptions } from 'rxllm/worker';

import { fixtures } from '../support/fixtures.ts';
import { provider } from '../support/provider.ts';

const workers: Worker[] = [];
const script = new URL('./llmWorker.ts', import.meta.url);
const flags = { execArgv: ['--disable-warning=ExperimentalWarning'] };

const make = (url: URL = script): Worker => {
  const worker = new Worker(url, flags);
  workers.push(worker);
  return worker;
};
const runner = (options?: InWorkerOptions): StreamRunner => inWorker(() => make(), options);

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** Everything that a stream gives, and how it ends. */
const run = async (deltas: Observable<Delta>): Promise<{ deltas: readonly Delta[]; error: unknown }> => {
  const seen: Delta[] = [];
  const error = await new Promise((resolve) => {
    deltas.subscribe({ next: (delta) => seen.push(delta), error: resolve, complete: () => resolve(undefined) });
  });
  return { deltas: seen, error };
};

const bodies: Readonly<Record<string, object>> = {
  gemini: { model: 'm', contents: [] },
  'openai-responses': { model: 'm', input: [] },
  'anthropic-messages': { model: 'm', max_tokens: 9, messages: [] },
};
const bodyFor = (dialect: Dialect): object => bodies[dialect.name] ?? { model: 'm', messages: [] };

describe('inWorker', () => {
  it('gives the same answer, and ends the same way, for every recorded stream', async () => {
    const runIn = runner({ keepAliveMs: 5_000 });
    for (const { name, dialect, bytes, golden } of fixtures) {
      const reply: Reply = { bytes };
      const { baseUrl } = await provider({ replies: [reply] });
      const request = { baseUrl: baseUrl(dialect), body: bodyFor(dialect), retry: false } as StreamOptions<never>;
      const here = await run(streamDeltas(dialect, request));
      const there = await run(streamDeltas(dialect, { ...request, runIn }));

      expect([name, golden.outcome, there.error]).toEqual([name, golden.outcome, here.error]);
      expect(there.error?.constructor).toBe(here.error?.constructor);
      expect(there.deltas.reduce(reduceDelta, undefined)).toEqual(here.deltas.reduce(reduceDelta, undefined));
    }
    expect(workers).toHaveLength(1);
  }, 60_000);

  const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

  it('gives the first delta at once, and joins the pieces of a frame', async () => {
    const words = Array.from({ length: 2_000 }, (_, at) => `word ${at} `);
    const { baseUrl } = await provider({ replies: [{ deltas: answer({ text: words }) }] });
    const { deltas } = await run(
      streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn: runner() }),
    );

    expect(deltas[0]?.type).toBe('start');
    expect(deltas.reduce(reduceDelta, undefined)?.text).toBe(words.join(''));
    expect(deltas.length).toBeLessThan(500);
  });

  it('brings errors with their class, fields and cause', async () => {
    const error = { message: 'slow down', code: 'rate_limit_exceeded' };
    const { baseUrl } = await provider({ replies: [{ status: 429, error, headers: { 'retry-after': '7' } }] });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, retry: false } as const;
    const here = await run(streamDeltas(openAiChat, request));
    const there = await run(streamDeltas(openAiChat, { ...request, runIn: runner() }));

    expect(there.error).toBeInstanceOf(HttpError);
    expect(isStreamError(there.error) && there.error.isRetryable).toBe(true);
    expect({ ...(there.error as HttpError) }).toEqual({ ...(here.error as HttpError) });
    expect((there.error as HttpError).message).toBe((here.error as HttpError).message);
    expect((there.error as HttpError).cause).toMatchObject({ _tag: 'ApiError', code: 'rate_limit_exceeded' });
  });

  it('retries in the worker, tells of it, and asks for the key anew each time', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ status: 503 }, { deltas: answer({ text: 'Hi' }) }] });
    const keys = ['first', 'second'];
    const request: StreamOptions<typeof chat> = {
      baseUrl: baseUrl(openAiChat),
      body: chat,
      apiKey: async () => keys.shift(),
      retry: { firstDelayMs: 1 },
      runIn: runner(),
    };
    const { deltas, error } = await run(streamDeltas(openAiChat, request));

    expect(error).toBeUndefined();
    expect(deltas[0]).toMatchObject({ type: 'retry', attempt: 2, error: { _tag: 'HttpError', status: 503 } });
    expect((deltas[0] as { error: unknown }).error).toBeInstanceOf(HttpError);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer first', 'Bearer second']);
  });

  it('ends in what the apiKey function throws', async () => {
    const { baseUrl } = await provider();
    const apiKey = (): never => {
      throw new TypeError('logged out');
    };
    const request = { baseUrl: baseUrl(openAiChat), body: chat, apiKey, runIn: runner() };

    expect((await run(streamDeltas(openAiChat, request))).error).toEqual(new TypeError('logged out'));
  });

  it('closes the socket when it is left, and lets the worker go', async () => {
    const { baseUrl, requests } = await provider({
      replies: [{ deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } }],
    });
    const [worker] = [make()];
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    const runIn = inWorker(() => worker);
    await firstValueFrom(streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn }).pipe(take(1)));
    await gone;
    await new Promise((resolve) => setTimeout(resolve, 50));

    expect(requests.map(({ endedBy }) => endedBy)).toEqual(['client']);
  });

  it('heeds the signal', async () => {
    const { baseUrl } = await provider({ replies: [{ fault: { kind: 'stall', afterBytes: 0 } }] });
    const controller = new AbortController();
    const request = { baseUrl: baseUrl(openAiChat), body: chat, signal: controller.signal, runIn: runner() };
    const running = run(streamDeltas(openAiChat, request));
    controller.abort();

    expect((await running).error).toMatchObject({ _tag: 'AbortedError' });
  });

  it('serves many streams at once from one worker', async () => {
    const { baseUrl } = await provider({
      replies: (_, count) => ({ deltas: answer({ text: `answer ${count} of many` }), frameMs: 1 }),
    });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: runner() };
    const texts = await Promise.all(
      Array.from({ length: 200 }, async () => (await lastValueFrom(streamCompletion(openAiChat, request))).text),
    );

    expect(workers).toHaveLength(1);
    expect(new Set(texts).size).toBe(200);
  }, 30_000);

  it('is taken along by whatever makes requests: tools run here, between two requests there', async () => {
    const { baseUrl } = await provider({
      replies: [
        { deltas: answer({ toolCalls: [{ id: 'c', name: 'add', arguments: '{"a":1,"b":2}' }] }) },
        { deltas: answer({ text: 'It is 3.' }) },
      ],
    });
    const add = tool({ name: 'add', input: t.type({ a: t.number, b: t.number }), run: ({ a, b }) => a + b });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: runner({ keepAliveMs: 1_000 }) };
    const completion = await lastValueFrom(runTools(openAiChat, request, [add]).pipe(accumulateDelta()));

    expect(completion.text).toBe('It is 3.');
    expect(completion.toolCalls[0]?.run).toEqual({ status: 'done', result: 3 });
    expect(workers).toHaveLength(1);
  });

  it('is cold, and may be subscribed to again', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
    const deltas$ = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: chat, runIn: runner() });
    await lastValueFrom(deltas$);
    await lastValueFrom(deltas$);

    expect(requests).toHaveLength(2);
    expect(workers).toHaveLength(2);
  });

  it('takes another worker after one that crashed', async () => {
    const { baseUrl } = await provider({
      replies: [{ fault: { kind: 'stall', afterBytes: 0 } }, { deltas: answer({ text: 'Hi' }) }],
    });
    const request = { baseUrl: baseUrl(openAiChat), body: chat, runIn: runner() };
    for (const [how, problem] of [
      ['throw', 'out of nowhere'],
      ['exit', 'code 3'],
    ] as const) {
      const running = run(streamDeltas(openAiChat, request));
      const worker = workers.at(-1) as Worker;
      worker.once('message', () => worker.postMessage(how));
      const { error } = await running;

      expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'crashed', isRetryable: true });
      expect((error as Error).message).toContain(problem);
    }
  });
});

describe('inWorker, when something is wrong', () => {
  const request = { baseUrl: 'http://127.0.0.1:9/v1', body: { model: 'm', messages: [] } };

  it('says so when the script cannot be loaded', async () => {
    const runIn = inWorker(() => make(new URL('./nowhere.ts', import.meta.url)));

    expect((await run(streamDeltas(openAiChat, { ...request, runIn }))).error).toMatchObject({
      _tag: 'WorkerError',
      reason: 'failed-to-start',
      isRetryable: false,
    });
  });

  it('says so when the script never calls serveStreams', async () => {
    const idle = new URL('data:text/javascript,setInterval(() => undefined, 1000)');
    const runIn = inWorker(() => make(idle), { readyMs: 300 });
    const { error } = await run(streamDeltas(openAiChat, { ...request, runIn }));

    expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'silent' });
    expect((error as Error).message).toContain('does its script call serveStreams?');
  });

  it('names the dialects that the worker has', async () => {
    const odd = { ...openAiChat, name: 'odd-chat' };
    const { error } = await run(streamDeltas(odd, { ...request, runIn: runner() }));

    expect(error).toMatchObject({ _tag: 'WorkerError', reason: 'unknown-dialect' });
    expect((error as Error).message).toContain('no dialect "odd-chat" (it has: openai-chat, anthropic-messages');
  });

  it('passes on what making the worker throws', async () => {
    const runIn = inWorker(() => {
      throw new RangeError('no more workers');
    });

    expect((await run(streamDeltas(openAiChat, { ...request, runIn }))).error).toEqual(
      new RangeError('no more workers'),
    );
  });

  it.each([
    ['fetch', { fetch: globalThis.fetch }],
    ['readWhen', { readWhen: async () => undefined }],
    ['retry.shouldRetry', { retry: { shouldRetry: () => true } }],
    ['options', { limits: { maxFrameChars: 9, more: () => 1 } }],
    ['baseUrl', { baseUrl: 'nowhere' }],
    ['body.model', { body: { messages: [] } as never }],
  ])('refuses %s at the call', (option, wrong) => {
    const runIn = runner();

    expect(() => streamDeltas(openAiChat, { ...request, ...wrong, runIn })).toThrow(
      expect.objectContaining({ _tag: 'InvalidOptionError', option }),
    );
    expect(workers).toHaveLength(0);
  });

  it('refuses options of its own that make no sense', () => {
    expect(() => inWorker(undefined as never)).toThrow(InvalidOptionError);
    expect(() => runner({ keepAliveMs: -1 })).toThrow(InvalidOptionError);
    expect(() => runner({ readyMs: 0 })).toThrow(InvalidOptionError);
  });
});
