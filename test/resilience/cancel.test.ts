import { getEventListeners } from 'node:events';

import { jest } from '@jest/globals';
import { firstValueFrom, skipWhile, Subject, take, tap, type Subscription } from 'rxjs';
import {
  type Completion,
  decodeDeltas,
  type Delta,
  fromHttp,
  stoppedBy,
  streamCompletion,
  streamDeltas,
  type StreamError,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type FakeProvider, type Reply } from 'rxllm/testing';

import { expectNothingUncaught, provider, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };
const text = 'To be or not to be';
const slow: Reply = { deltas: answer({ text }), frameMs: 20 };
/** How soon a server sees that the client left. */
const soonMs = 100;

describe('unsubscribing', () => {
  it.each<readonly [string, Reply, (seen: number, requests: number) => boolean]>([
    ['before the head', { headMs: 60_000 }, (_, requests) => requests === 1],
    ['before the first frame', { deltas: answer(), firstFrameMs: 60_000 }, (_, requests) => requests === 1],
    ['in the middle of the answer', slow, (seen) => seen > 3],
    [
      'while pings come',
      { deltas: answer({ text }), fault: { kind: 'heartbeats', afterBytes: 500, everyMs: 5 } },
      (seen) => seen > 1,
    ],
    [
      'of an error without an end',
      { status: 500, bytes: 'x', fault: { kind: 'stall', afterBytes: 1 } },
      (_, requests) => requests === 1,
    ],
  ])('%s closes the connection', async (_, reply, isTime) => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [reply] });
    let seen = 0;
    const subscription = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body }).subscribe(() => (seen += 1));
    await until(() => isTime(seen, requests.length), 'the moment to leave');
    const seenBefore = seen;
    subscription.unsubscribe();

    await until(() => openSockets() === 0, 'the close', soonMs);
    expect(requests).toMatchObject([{ endedBy: 'client' }]);
    expect(seen).toBe(seenBefore);
  });

  it('by an operator, such as take, does so, too', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [slow] });
    const deltas$ = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body });
    await firstValueFrom(deltas$.pipe(skipWhile(({ type }) => type !== 'text')));

    await until(() => openSockets() === 0, 'the close', soonMs);
    expect(requests).toMatchObject([{ endedBy: 'client' }]);
  });

  it('is what stoppedBy does when the user has had enough', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [slow] });
    const stop = new Subject<void>();
    const seen: Completion[] = [];
    await new Promise<void>((resolve, reject) => {
      streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body })
        .pipe(
          tap(({ text: said }) => {
            if (said.split(' ').length > 2) stop.next();
          }),
          stoppedBy(stop),
        )
        .subscribe({ next: (completion) => seen.push(completion), error: reject, complete: resolve });
    });

    expect(text.startsWith(seen.at(-1)?.text ?? '-')).toBe(true);
    expect(seen.at(-1)).toMatchObject({ ended: false });
    await until(() => openSockets() === 0, 'the close', soonMs);
    expect(requests).toMatchObject([{ endedBy: 'client' }]);
  });
});

const baseUrl = 'http://fake.test/v1';
const busy: Reply = { status: 503, headers: { 'retry-after': '20' } };
const cut: Reply = { deltas: answer({ text }), fault: { kind: 'cut', afterBytes: 600, with: 'rst' } };

describe('during a wait', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const waits: readonly (readonly ['retry' | 'resume', Reply])[] = [
    ['retry', busy],
    ['resume', cut],
  ];
  const resume = { firstDelayMs: 20_000, random: () => 0.99 };

  it.each(waits)('for a %s, unsubscribing ends it, and nothing more is sent', async (type, reply) => {
    const { fetch, requests } = fakeProvider({ replies: [reply] });
    const deltas: Delta[] = [];
    const subscription = streamDeltas(openAiChat, { baseUrl, fetch, body, resume }).subscribe((delta) =>
      deltas.push(delta),
    );
    await jest.advanceTimersByTimeAsync(1_000);
    expect(deltas.at(-1)?.type).toBe(type);
    subscription.unsubscribe();
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(600_000);

    expect(requests).toHaveLength(1);
  });

  it.each(waits)('for a %s, leaving at the delta that tells of it does, too', async (type, reply) => {
    const { fetch, requests } = fakeProvider({ replies: [reply] });
    const left: Subscription = streamDeltas(openAiChat, { baseUrl, fetch, body, resume }).subscribe((delta) => {
      if (delta.type === type) left.unsubscribe();
    });
    await jest.advanceTimersByTimeAsync(600_000);

    expect(left.closed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    expect(requests).toHaveLength(1);
  });

  it.each(waits)('for a %s, a signal ends it with an AbortedError', async (type, reply) => {
    const { fetch, requests } = fakeProvider({ replies: [reply] });
    const { signal, abort } = abortable();
    let error: StreamError | undefined;
    streamCompletion(openAiChat, { baseUrl, fetch, body, resume, signal }).subscribe({
      error: (e: StreamError) => (error = e),
    });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(requests).toHaveLength(1);
    abort();
    expect(error).toMatchObject({ _tag: 'AbortedError', cause: 'enough' });
    expect(error?.partial?.text).toBe(type === 'retry' ? '' : 'To be');
    expect(jest.getTimerCount()).toBe(0);
    await jest.advanceTimersByTimeAsync(600_000);

    expect(requests).toHaveLength(1);
    expect(listeners(signal)).toBe(0);
  });
});

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

const abortable = () => {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort('enough');
    },
  };
};

interface Run {
  readonly provider: FakeProvider;
  readonly signal: AbortSignal;
  readonly abort: () => void;
  readonly completions: Completion[];
  readonly ended: Promise<StreamError | undefined>;
}

const run = (reply: Reply): Run => {
  const fake = fakeProvider({ replies: [reply] });
  const completions: Completion[] = [];
  const aborting = abortable();
  const completion$ = streamCompletion(openAiChat, { baseUrl, fetch: fake.fetch, body, signal: aborting.signal });
  const ended = new Promise<StreamError | undefined>((resolve) => {
    completion$.subscribe({
      next: (completion) => completions.push(completion),
      error: resolve,
      complete: () => {
        resolve(undefined);
      },
    });
  });
  return { provider: fake, ...aborting, completions, ended };
};

describe('a signal', () => {
  it('that has aborted before lets nothing be sent', async () => {
    const { fetch, requests } = fakeProvider();
    const signal = AbortSignal.abort('enough');
    let error: unknown;
    streamCompletion(openAiChat, { baseUrl, fetch, body, signal }).subscribe({ error: (e: unknown) => (error = e) });

    expect(error).toMatchObject({ _tag: 'AbortedError', cause: 'enough', partial: undefined, isRetryable: false });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(requests).toHaveLength(0);
    expect(listeners(signal)).toBe(0);
  });

  it('that aborts before the head ends the request', async () => {
    const { provider: fake, ended, signal, abort } = run({ headMs: 60_000 });
    await until(() => fake.requests.length === 1);
    expect(listeners(signal)).toBeGreaterThan(0);
    abort();

    expect(await ended).toMatchObject({ _tag: 'AbortedError', cause: 'enough', partial: undefined });
    await until(() => fake.requests[0]?.endedBy === 'client', 'the close', soonMs);
    expect(listeners(signal)).toBe(0);
  });

  it('that aborts in the middle leaves what has come in partial', async () => {
    const { provider: fake, ended, signal, abort, completions } = run(slow);
    await until(() => (completions.at(-1)?.text.length ?? 0) > 0);
    abort();
    const error = await ended;

    expect(error).toMatchObject({ _tag: 'AbortedError', cause: 'enough' });
    expect(error?.partial).toEqual(completions.at(-1));
    await until(() => fake.requests[0]?.endedBy === 'client', 'the close', soonMs);
    expect(listeners(signal)).toBe(0);
  });

  it('that aborts after the stop reason is not taken for the end of the answer', async () => {
    const deltas = answer({ text }).filter(({ type }) => type !== 'end');
    const { ended, abort, completions } = run({ deltas, fault: { kind: 'stall', afterBytes: 1e6 } });
    await until(() => completions.at(-1)?.finishReason === 'stop');
    abort();

    expect(await ended).toMatchObject({ _tag: 'AbortedError', partial: { text, finishReason: 'stop', ended: false } });
  });

  it('that aborts after the stop reason is an abort in a pipeline put together by hand, too', async () => {
    const deltas = answer({ text }).filter(({ type }) => type !== 'end');
    const { fetch } = fakeProvider({ replies: [{ deltas, fault: { kind: 'stall', afterBytes: 1e6 } }] });
    const { signal, abort } = abortable();
    const seen: string[] = [];
    const ended = new Promise<unknown>((resolve) => {
      fromHttp(openAiChat.request({ baseUrl, fetch, body, signal }))
        .pipe(decodeDeltas(openAiChat))
        .subscribe({ next: ({ type }) => seen.push(type), error: resolve, complete: () => resolve(undefined) });
    });
    await until(() => seen.includes('finish'));
    abort();

    expect(await ended).toMatchObject({ _tag: 'AbortedError', cause: 'enough' });
    expect(listeners(signal)).toBe(0);
  });

  it('that aborts after the end changes nothing, and is no longer listened to', async () => {
    const { ended, signal, abort, completions } = run({ deltas: answer({ text }) });
    expect(await ended).toBeUndefined();
    expect(listeners(signal)).toBe(0);
    const count = completions.length;
    abort();

    expect(completions).toHaveLength(count);
    expect(completions.at(-1)).toMatchObject({ text, ended: true });
  });

  it.each<readonly [string, Reply]>([
    ['fails', { status: 403 }],
    ['fails in the middle', cut],
  ])('is no longer listened to when the stream %s', async (_, reply) => {
    const { ended, signal } = run(reply);

    expect(await ended).toBeDefined();
    expect(listeners(signal)).toBe(0);
  });

  it('is no longer listened to when the stream is left', async () => {
    const { fetch } = fakeProvider({ replies: [slow] });
    const { signal } = abortable();
    await firstValueFrom(streamDeltas(openAiChat, { baseUrl, fetch, body, signal }).pipe(take(1)));

    expect(listeners(signal)).toBe(0);
  });

  it('does not grow its listeners with retries and resumptions', async () => {
    const { signal } = abortable();
    const seen: number[] = [];
    const { fetch } = fakeProvider({
      replies: [{ status: 503 }, { status: 503 }, cut, cut, { deltas: answer({ text }) }],
    });
    const waits = { firstDelayMs: 0 };
    await new Promise<void>((resolve, reject) => {
      streamDeltas(openAiChat, { baseUrl, fetch, body, signal, retry: waits, resume: waits }).subscribe({
        next: () => seen.push(listeners(signal)),
        error: reject,
        complete: resolve,
      });
    });

    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
    expect(listeners(signal)).toBe(0);
  });
});
