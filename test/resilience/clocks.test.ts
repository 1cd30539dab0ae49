import { jest } from '@jest/globals';
import { config } from 'rxjs';
import { type Delta, fromHttp, InvalidOptionError, streamCompletion, streamDeltas, type StreamOptions } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { thrownBy } from '../support/record.ts';

type Options = StreamOptions<{ model: string; messages: readonly object[] }>;

const body = { model: 'm', messages: [] };
const baseUrl = 'http://fake.test/v1';
const text = 'To be or not to be';
const whole = answer({ text });
const withoutEnd = whole.filter(({ type }) => type !== 'end');
const never: typeof fetch = () => new Promise(() => undefined);

beforeEach(() => {
  // Streams and promises go their own way; only time stands still.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'], now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
});

interface Ended {
  readonly atMs: number;
  readonly text: string | undefined;
  readonly error: unknown;
  readonly requests: number;
  /** Timers that are still running when all is over. */
  readonly timers: number;
}

/** Lets an answer run until it ends, for at most a day. */
const run = async (replies: readonly Reply[], options: Partial<Options>): Promise<Ended> => {
  const { fetch, requests } = fakeProvider({ replies });
  let said: string | undefined;
  let ended: Pick<Ended, 'atMs' | 'error'> | undefined;
  streamCompletion(openAiChat, { baseUrl, fetch, body, retry: false, ...options }).subscribe({
    next: (completion) => (said = completion.text),
    error: (error: unknown) => (ended = { atMs: Date.now(), error }),
    complete: () => (ended = { atMs: Date.now(), error: undefined }),
  });
  for (let rounds = 0; ended === undefined && rounds < 2_000; rounds += 1) await jest.advanceTimersByTimeAsync(500);
  if (ended === undefined) throw new Error('the answer did not end');
  // What was asked to close has closed.
  await jest.advanceTimersByTimeAsync(0);
  return { ...ended, text: said, requests: requests.length, timers: jest.getTimerCount() };
};

const stall = { kind: 'stall', afterBytes: 600 } as const;
const pings = (afterBytes: number) => ({ kind: 'heartbeats', afterBytes, everyMs: 1_000 }) as const;

describe('a clock of a request', () => {
  it.each<readonly [phase: string, reply: Reply, timeouts: Options['timeouts'], atMs: number]>([
    ['connect', { headMs: 60_000 }, { connectMs: 5_000 }, 5_000],
    ['first-frame', { deltas: whole, firstFrameMs: 60_000 }, { firstFrameMs: 5_000 }, 5_000],
    ['first-frame', { deltas: whole, headMs: 4_000, firstFrameMs: 60_000 }, { firstFrameMs: 5_000 }, 5_000],
    ['idle', { deltas: whole, fault: stall }, { idleMs: 5_000 }, 5_000],
    ['idle', { deltas: whole, headMs: 2_000, fault: stall }, { idleMs: 5_000 }, 7_000],
    ['first-token', { deltas: whole, fault: pings(0) }, { idleMs: 3_000, firstTokenMs: 20_000 }, 20_000],
    ['stalled', { deltas: whole, fault: pings(600) }, { idleMs: 3_000, stalledMs: 20_000 }, 20_000],
    ['total', { deltas: whole, fault: pings(600) }, { totalMs: 9_000 }, 9_000],
    ['total', { headMs: 60_000 }, { totalMs: 9_000 }, 9_000],
  ])('ends an answer in the phase %s', async (phase, reply, timeouts, atMs) => {
    const ended = await run([reply], { timeouts });

    expect(ended).toMatchObject({ atMs, timers: 0, error: { _tag: 'StreamTimeoutError', phase } });
  });

  it.each<readonly [phase: string, reply: Reply, atMs: number]>([
    ['connect', { headMs: 999_000 }, 120_000],
    ['first-frame', { deltas: whole, firstFrameMs: 999_000 }, 240_000],
    ['idle', { deltas: whole, fault: stall }, 240_000],
    ['first-token', { deltas: whole, fault: pings(0) }, 300_000],
    ['stalled', { deltas: whole, fault: pings(600) }, 300_000],
  ])('ends the phase %s by default, too', async (phase, reply, atMs) => {
    expect(await run([reply], {})).toMatchObject({ atMs, timers: 0, error: { phase } });
  });

  it('runs from subscription on, while a key is fetched, too', async () => {
    const apiKey = () => new Promise<string>(() => undefined);

    expect(await run([{}], { apiKey, timeouts: { connectMs: 5_000 } })).toMatchObject({
      atMs: 5_000,
      requests: 0,
      error: { phase: 'connect' },
    });
  });

  it.each<readonly [string, Reply]>([
    ['between frames', { deltas: whole, frameMs: 4_500 }],
    ['before the head', { deltas: whole, headMs: 4_500 }],
    ['before the first frame', { deltas: whole, firstFrameMs: 4_500 }],
  ])('lets an answer be that is slow %s, but not too slow', async (_, reply) => {
    const timeouts = { connectMs: 5_000, firstFrameMs: 5_000, idleMs: 5_000, firstTokenMs: 15_000, stalledMs: 5_000 };

    expect(await run([reply], { timeouts })).toMatchObject({ text, error: undefined, timers: 0 });
  });

  it.each<readonly [string, Reply, number]>([
    ['is silent', { deltas: withoutEnd, fault: { kind: 'stall', afterBytes: 1e6 } }, 3_000],
    ['only sends pings', { deltas: withoutEnd, fault: pings(1e6) }, 8_000],
  ])('completes an answer whose stop reason has come when the server then %s', async (_, reply, atMs) => {
    expect(await run([reply], { timeouts: { idleMs: 3_000, stalledMs: 8_000 } })).toMatchObject({
      atMs,
      text,
      error: undefined,
      timers: 0,
    });
  });

  it('starts afresh with each attempt, but for that of the whole', async () => {
    const replies = [{ headMs: 999_000 }, { headMs: 999_000 }, { deltas: whole }];
    // The shortest wait of a timer is a millisecond.
    const retry = { firstDelayMs: 0 };

    expect(await run(replies, { retry, timeouts: { connectMs: 5_000 } })).toMatchObject({
      atMs: 10_002,
      text,
      requests: 3,
    });
    expect(await run(replies, { retry, timeouts: { connectMs: 5_000, totalMs: 7_000 } })).toMatchObject({
      requests: 2,
      timers: 0,
      error: { phase: 'total', isRetryable: false },
    });
  });

  it('ends the wait for a retry, too, if it is that of the whole', async () => {
    const replies = [{ status: 503, headers: { 'retry-after': '20' } }];

    expect(await run(replies, { retry: {}, timeouts: { totalMs: 9_000 } })).toMatchObject({
      atMs: 9_000,
      requests: 1,
      timers: 0,
      error: { phase: 'total' },
    });
  });

  it('is resumed from, if it ran out in the middle', async () => {
    const replies = [{ deltas: whole, fault: stall }, { deltas: answer({ text: ' (and so on)' }) }];
    const ended = await run(replies, { resume: { firstDelayMs: 0 }, timeouts: { idleMs: 5_000 } });

    expect(ended).toMatchObject({ atMs: 5_001, error: undefined, requests: 2 });
  });
});

describe('the clocks', () => {
  const off = {
    connectMs: Infinity,
    firstFrameMs: Infinity,
    idleMs: Infinity,
    firstTokenMs: Infinity,
    stalledMs: Infinity,
  };

  it('are all off with Infinity: no timer runs', async () => {
    const subscription = streamDeltas(openAiChat, {
      baseUrl,
      fetch: never,
      body,
      timeouts: { ...off, totalMs: Infinity },
    }).subscribe();
    await jest.advanceTimersByTimeAsync(86_400_000);

    expect(jest.getTimerCount()).toBe(0);
    expect(subscription.closed).toBe(false);
    subscription.unsubscribe();
  });

  it('run while a response is waited for, and stop when it no longer is', async () => {
    const timeouts = { ...off, totalMs: 1_000 };
    const rows: readonly (readonly [Options['timeouts'], number])[] = [
      [{}, 3],
      [timeouts, 1],
      [{ ...off, connectMs: 9 }, 1],
      [{ ...off, stalledMs: 9 }, 0],
    ];
    for (const [clocks, count] of rows) {
      const subscription = streamDeltas(openAiChat, { baseUrl, fetch: never, body, timeouts: clocks }).subscribe();
      await Promise.resolve();
      expect(jest.getTimerCount()).toBe(count);
      subscription.unsubscribe();
      expect(jest.getTimerCount()).toBe(0);
    }
  });

  it('stop when the stream is left in the middle', async () => {
    const { fetch } = fakeProvider({ replies: [{ deltas: whole, fault: stall }] });
    const deltas: Delta[] = [];
    const subscription = streamDeltas(openAiChat, { baseUrl, fetch, body }).subscribe((delta) => deltas.push(delta));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(deltas.length).toBeGreaterThan(1);
    // Of the connect clock there is nothing left; those of bytes and of deltas run.
    expect(jest.getTimerCount()).toBe(2);
    subscription.unsubscribe();

    expect(jest.getTimerCount()).toBe(0);
  });

  it('leave no error behind that nobody takes', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    await run([{ headMs: 60_000 }], { timeouts: { connectMs: 5 } });
    await run([{ deltas: whole, fault: stall }], { timeouts: { idleMs: 5 } });
    await jest.advanceTimersByTimeAsync(100);
    config.onUnhandledError = null;

    expect(unhandled).toEqual([]);
  });

  const names = ['connectMs', 'firstFrameMs', 'idleMs', 'firstTokenMs', 'stalledMs', 'totalMs'] as const;

  it.each(names)('refuse a senseless %s at the call', (option) => {
    for (const ms of [0, -1, NaN, -Infinity, '5']) {
      const timeouts = { [option]: ms as number };
      const error = thrownBy(() => streamDeltas(openAiChat, { baseUrl, body, timeouts }));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option });
      if (names.indexOf(option) < 3) {
        expect(thrownBy(() => fromHttp(openAiChat.request({ baseUrl, body, timeouts })))).toMatchObject({ option });
      }
    }
  });
});
