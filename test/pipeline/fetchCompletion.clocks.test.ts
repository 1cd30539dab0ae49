import { jest } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { fetchCompletion, type RequestTimeouts, type StreamOptions } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { expectNothingUncaught, failure, provider, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };
const deltas = answer({ text: 'To be, or not to be' });

describe('a clock of fetchCompletion', () => {
  const rows: readonly (readonly [clock: string, phase: string, reply: Reply, timeouts: RequestTimeouts])[] = [
    ['connectMs', 'connect', { deltas, headMs: 60_000 }, { connectMs: 40 }],
    ['firstFrameMs', 'first-frame', { deltas, firstFrameMs: 60_000 }, { firstFrameMs: 40 }],
    ['idleMs', 'idle', { deltas, fault: { kind: 'stall', afterBytes: 50 } }, { idleMs: 40 }],
    ['totalMs', 'total', { deltas, headMs: 60_000 }, { totalMs: 40 }],
    ['totalMs', 'total', { status: 503, headers: { 'retry-after': '9' } }, { totalMs: 40 }],
  ];

  it.each(rows)('%s ends the wait in the phase "%s", and leaves the server', async (_, phase, reply, timeouts) => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [reply] });
    const options: StreamOptions<typeof body> = { baseUrl: baseUrl(openAiChat), body, timeouts };
    const retry = phase === 'total' ? undefined : false;

    expect(await failure(fetchCompletion(openAiChat, { ...options, retry }))).toMatchObject({
      _tag: 'StreamTimeoutError',
      phase,
    });
    // On a busy machine the time to connect may be over before the server sees anything.
    const isLeft = (): boolean => requests.every(({ endedBy }) => endedBy !== undefined);
    await until(() => isLeft() && (reply.status === 503 || openSockets() === 0), 'the close');
  });

  it('of idleMs takes an answer as whole that has come to its last brace', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas, fault: { kind: 'stall', afterBytes: 1e6 } }] });
    const completion$ = fetchCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body, timeouts: { idleMs: 40 } });

    expect((await lastValueFrom(completion$)).text).toBe('To be, or not to be');
  });
});

describe('in time of its own,', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const minutes = 60_000;

  const after = async (ms: number, reply: Reply, timeouts?: RequestTimeouts): Promise<string> => {
    const { fetch } = fakeProvider({ replies: [reply] });
    let seen = 'nothing';
    fetchCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body, retry: false, timeouts }).subscribe({
      next: ({ text }) => (seen = text),
      error: ({ phase }: { phase: string }) => (seen = phase),
    });
    await jest.advanceTimersByTimeAsync(ms);
    return seen;
  };

  it('an answer may take ten minutes, and no longer', async () => {
    expect(await after(9.9 * minutes, { deltas, headMs: 9.8 * minutes })).toBe('To be, or not to be');
    expect(await after(9.9 * minutes, { deltas, headMs: 60 * minutes })).toBe('nothing');
    expect(await after(10.1 * minutes, { deltas, headMs: 60 * minutes })).toMatch(/connect|first-frame/);
    expect(await after(10.1 * minutes, { deltas, firstFrameMs: 60 * minutes })).toBe('first-frame');
  });

  it('clocks that are off let it take an hour', async () => {
    const off = { connectMs: Infinity, firstFrameMs: Infinity };

    expect(await after(60 * minutes, { deltas, headMs: 59 * minutes }, off)).toBe('To be, or not to be');
  });

  it('a body that falls silent in the middle ends it after four minutes', async () => {
    const fault = { kind: 'stall', afterBytes: 50 } as const;

    expect(await after(3.9 * minutes, { deltas, fault })).toBe('nothing');
    expect(await after(4.1 * minutes, { deltas, fault })).toBe('idle');
  });
});
