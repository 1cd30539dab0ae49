import * as t from 'io-ts';
import { concat, filter, firstValueFrom, from, lastValueFrom, NEVER, Subject, toArray } from 'rxjs';
import {
  accumulateDelta,
  type Delta,
  HttpError,
  InvalidOptionError,
  lastCompletion,
  runTools,
  streamCompletion,
  streamDeltas,
  tool,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { fromRelay, type RelayedAnswer, viaRelay, type ViaRelayOptions } from 'rxllm/relay';
import { answer, fakeProvider, type FakeProviderOptions } from 'rxllm/testing';

import { errorOf, type Fate, network, serverOf, url } from './relaying.ts';

const key = 'the-key-of-the-server';

/** A page, its server and the provider behind it. */
const house = (replies: FakeProviderOptions['replies'], fates: readonly (Fate | undefined)[] = []) => {
  const provider = fakeProvider({ replies: replies ?? [], apiKey: key });
  const dialects = new Map<unknown, typeof openAiChat>([
    [openAiChat.name, openAiChat],
    [anthropicMessages.name, anthropicMessages as never],
  ]);
  const server = serverOf(({ body }) => {
    const { dialect, body: asked } = body as { dialect: string; body: never };
    const spoken = dialects.get(dialect);
    if (!spoken) throw new Error(`no ${dialect}`);
    return streamDeltas(spoken, {
      baseUrl: 'http://fake.test/v1',
      apiKey: key,
      fetch: provider.fetch,
      body: asked,
      retry: false,
    });
  });
  const { fetch, requests } = network([server.fetch], fates);
  const run = (options: ViaRelayOptions = {}) => viaRelay(url, { fetch, retry: { firstDelayMs: 0 }, ...options });
  return { provider, server, run, requests };
};

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

describe('viaRelay', () => {
  it('asks the server for what the dialect would have asked the provider for, without a key', async () => {
    const { provider, run, requests } = house([{ deltas: answer({ text: 'Hello' }) }]);
    const request = {
      baseUrl: 'http://elsewhere.test',
      apiKey: 'mine',
      headers: { 'x-mine': '1' },
      body,
      runIn: run(),
    };
    const completion = await lastValueFrom(streamCompletion(openAiChat, request));

    expect(completion).toMatchObject({ text: 'Hello', ended: true });
    expect(provider.requests[0]?.body).toMatchObject(body);
    expect(await requests[0]?.json()).toEqual({ dialect: 'openai-chat', body });
    expect([requests[0]?.url, requests[0]?.headers.get('authorization'), requests[0]?.headers.get('x-mine')]).toEqual([
      url,
      null,
      null,
    ]);
  });

  it('goes on over cuts, and asks the provider once', async () => {
    const cut = { cutBytes: 300, how: 'broken' } as const;
    const { provider, run, requests } = house(
      [{ deltas: answer({ text: 'To be or not to be' }) }],
      [cut, { ...cut, cutBytes: 200 }, cut],
    );
    const { text } = await lastValueFrom(
      streamCompletion(anthropicMessages, { baseUrl: '', body: { ...body, max_tokens: 9 }, runIn: run() }),
    );

    expect(text).toBe('To be or not to be');
    expect(requests.length).toBeGreaterThan(2);
    expect(provider.requests).toHaveLength(1);
  });

  it('runs the tools of the page, each request an answer of its own that can be found again', async () => {
    const { run, server } = house([
      { deltas: answer({ toolCalls: [{ id: 'c1', name: 'look', arguments: '{"at":"sky"}' }] }) },
      { deltas: answer({ text: 'Blue.' }) },
    ]);
    const look = tool({
      name: 'look',
      description: 'Looks',
      input: t.type({ at: t.string }),
      run: ({ at }) => `${at} is blue`,
    });
    const started: RelayedAnswer[] = [];
    const runIn = run({ onStart: (one) => started.push(one) });
    const completion = await lastValueFrom(
      runTools(openAiChat, { baseUrl: '', body, runIn }, [look]).pipe(accumulateDelta(), lastCompletion()),
    );
    const fetch = network([server.fetch]).fetch;
    const again = started.map((one) => lastValueFrom(fromRelay(one.url, { fetch }).pipe(accumulateDelta())));

    expect(completion).toMatchObject({
      text: 'Blue.',
      ended: true,
      toolCalls: [{ run: { status: 'done', result: 'sky is blue' } }],
    });
    expect(started.map((one) => one.url)).toEqual(started.map((one) => `${url}/${one.key}`));
    expect(new Set(started.map((one) => one.key)).size).toBe(2);
    expect((await Promise.all(again)).map(({ text, toolCalls }) => [text, toolCalls.length])).toEqual([
      ['', 1],
      ['Blue.', 0],
    ]);
  });

  it('names answers as the page wants it', async () => {
    const { run, server } = house([{ deltas: answer({ text: 'Hello' }) }]);
    const asked: unknown[] = [];
    const runIn = run({
      key: (question) => {
        asked.push(question);
        return 'chat-7.1';
      },
    });
    await lastValueFrom(streamCompletion(openAiChat, { baseUrl: '', body, runIn }));

    expect(asked).toEqual([{ dialect: 'openai-chat', body }]);
    expect(await server.log.state('["ann","chat-7.1"]')).toMatchObject({ state: 'complete' });
  });

  it('asks for another answer with each subscription', async () => {
    const { provider, run } = house([{ deltas: answer({ text: 'Hello' }) }]);
    const deltas = streamDeltas(openAiChat, { baseUrl: '', body, runIn: run() });
    await Promise.all([lastValueFrom(deltas), lastValueFrom(deltas)]);

    expect(provider.requests).toHaveLength(2);
  });

  it('gives the error of the provider as an ApiError', async () => {
    const { run } = house([{ status: 400, error: { message: 'too long', code: 'context_length_exceeded' } }]);

    expect(await errorOf(streamDeltas(openAiChat, { baseUrl: '', body, runIn: run() }))).toMatchObject({
      _tag: 'ApiError',
      code: 'context_length_exceeded',
    });
  });

  it('gives an error for an answer that somebody stopped, whatever is made of it', async () => {
    const source = new Subject<Delta>();
    const server = serverOf(() => concat(from(answer({ text: 'To be' }).slice(0, 3)), source));
    const runIn = viaRelay(url, { fetch: network([server.fetch]).fetch, key: () => 'k' });
    const error = errorOf(runTools(openAiChat, { baseUrl: '', body, runIn }, []).pipe(accumulateDelta()));
    while (!(await server.log.stop('["ann","k"]', 'the user'))) await new Promise((resolve) => setTimeout(resolve, 1));

    expect(await error).toMatchObject({ _tag: 'AbortedError', cause: { message: 'the answer was stopped: the user' } });
  });

  it('gives an error for deltas without their end', async () => {
    const server = serverOf(answer({ text: 'To be' }).slice(0, -1));
    const runIn = viaRelay(url, { fetch: network([server.fetch]).fetch });

    expect(await errorOf(streamDeltas(openAiChat, { baseUrl: '', body, runIn }))).toMatchObject({
      _tag: 'TruncatedError',
    });
  });

  it.each([
    ['go-on', 'open'],
    ['stop', 'stopped'],
  ] as const)('leaves an answer, which is then to %s', async (whenLeft, state) => {
    const server = serverOf(() => concat(from(answer({ text: 'To be' }).slice(0, 3)), NEVER));
    const runIn = viaRelay(url, { fetch: network([server.fetch]).fetch, key: () => 'k', whenLeft });
    await firstValueFrom(
      streamDeltas(openAiChat, { baseUrl: '', body, runIn }).pipe(filter(({ type }) => type === 'text')),
    );
    for (let tries = 0; tries < 20 && (await server.log.state('["ann","k"]'))?.state !== state; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    expect(await server.log.state('["ann","k"]')).toMatchObject({ state });
    await server.log.stop('["ann","k"]');
  });

  it('stops an answer that was left before its server knew of it', async () => {
    const server = serverOf(() => NEVER);
    const late: typeof server.fetch = async (request) => {
      if (request.url === url) await new Promise((resolve) => setTimeout(resolve, 50));
      return server.fetch(request);
    };
    const runIn = viaRelay(url, { fetch: network([late]).fetch, key: () => 'k', whenLeft: 'stop' });
    const subscription = streamDeltas(openAiChat, { baseUrl: '', body, runIn }).subscribe();
    await new Promise((resolve) => setTimeout(resolve, 10));
    subscription.unsubscribe();
    for (let tries = 0; tries < 200 && (await server.log.state('["ann","k"]'))?.state !== 'stopped'; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    expect(await server.log.state('["ann","k"]')).toMatchObject({ state: 'stopped' });
  });

  it('stops nothing once the answer is whole', async () => {
    const { run, requests } = house([{ deltas: answer({ text: 'Hello' }) }]);
    const runIn = run({ whenLeft: 'stop' });
    await firstValueFrom(
      streamDeltas(openAiChat, { baseUrl: '', body, runIn }).pipe(filter(({ type }) => type === 'end')),
    );
    await lastValueFrom(streamDeltas(openAiChat, { baseUrl: '', body, runIn }));
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(requests.map((request) => request.url)).toEqual([url, url]);
  });

  it('heeds the signal and the time for all of it', async () => {
    const server = serverOf(() => NEVER);
    const keys: string[] = [];
    const runIn = viaRelay(url, { fetch: network([server.fetch]).fetch, onStart: ({ key }) => keys.push(key) });
    const request = { baseUrl: '', body, runIn } as const;

    expect(await errorOf(streamDeltas(openAiChat, { ...request, signal: AbortSignal.timeout(5) }))).toMatchObject({
      _tag: 'AbortedError',
    });
    expect(await errorOf(streamDeltas(openAiChat, { ...request, timeouts: { totalMs: 5 } }))).toMatchObject({
      _tag: 'StreamTimeoutError',
      phase: 'total',
    });
    await Promise.all(keys.map((key) => server.log.stop(`["ann","${key}"]`)));
  });

  it('sends the body as it was at the call', async () => {
    const { provider, run } = house([{ deltas: answer({ text: 'Hello' }) }]);
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const deltas = streamDeltas(openAiChat, { baseUrl: '', body: { model: 'm', messages }, runIn: run() });
    messages.push({ role: 'user', content: 'and more' });
    await lastValueFrom(deltas.pipe(toArray()));

    expect(provider.requests[0]?.body).toMatchObject(body);
  });

  it('gives what onStart and key throw; a key that is none, too', async () => {
    const { run } = house([]);
    const thrown = new HttpError({ status: 503, url: 'http://mine/' });
    const fail = (): never => {
      throw thrown;
    };
    const of = (options: ViaRelayOptions) => streamDeltas(openAiChat, { baseUrl: '', body, runIn: run(options) });

    expect(await errorOf(of({ onStart: fail }))).toBe(thrown);
    expect(await errorOf(of({ key: fail }))).toBe(thrown);
    expect(await errorOf(of({ key: () => 'a b' }))).toBeInstanceOf(InvalidOptionError);
  });

  it('throws a mistake at the call', () => {
    expect(() => viaRelay(url, { whenLeft: 'leave' as never })).toThrow('whenLeft');
    expect(() => viaRelay(url, { idleMs: 0 })).toThrow(InvalidOptionError);
  });
});
