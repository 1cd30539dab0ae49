import { lastValueFrom, take } from 'rxjs';
import { fromHttp, InvalidOptionError, type RequestTimeouts } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { ending, expectNothingUncaught, provider, until } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };
const deltas = answer({ text: 'To be, or not to be' });

const open = async (reply: Reply, options: { timeouts?: RequestTimeouts; signal?: AbortSignal }) => {
  const running = await provider({ replies: [reply] });
  return {
    ...running,
    bytes$: fromHttp(openAiChat.request({ baseUrl: running.baseUrl(openAiChat), body, ...options })),
  };
};

describe('a clock of fromHttp', () => {
  const rows: readonly (readonly [clock: string, phase: string, reply: Reply, timeouts: RequestTimeouts])[] = [
    ['connectMs', 'connect', { deltas, headMs: 60_000 }, { connectMs: 40 }],
    ['firstFrameMs', 'first-frame', { deltas, firstFrameMs: 60_000 }, { firstFrameMs: 40 }],
    ['firstFrameMs', 'first-frame', { deltas, headMs: 60_000 }, { firstFrameMs: 40 }],
    ['idleMs', 'idle', { deltas, frameMs: 60_000 }, { idleMs: 40 }],
    ['idleMs', 'idle', { deltas, fault: { kind: 'stall', afterBytes: 300 } }, { idleMs: 40 }],
  ];

  it.each(rows)('%s ends the wait in the phase "%s", and leaves the server', async (_, phase, reply, timeouts) => {
    const { bytes$, requests, openSockets } = await open(reply, { timeouts });
    const start = performance.now();
    const { error } = await ending(bytes$);

    expect(error).toMatchObject({ _tag: 'StreamTimeoutError', phase, isRetryable: true });
    expect(performance.now() - start).toBeGreaterThanOrEqual(38);
    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
  });

  it('does not ring while anything comes, or once all has', async () => {
    const beats: Reply = { deltas, fault: { kind: 'heartbeats', afterBytes: 300, everyMs: 10 } };
    const { bytes$ } = await open(beats, { timeouts: { connectMs: 1_000, firstFrameMs: 1_000, idleMs: 1_000 } });
    expect((await ending(bytes$.pipe(take(20)))).error).toBeUndefined();

    const whole = await open({ deltas }, { timeouts: { connectMs: 100, firstFrameMs: 100, idleMs: 100 } });
    expect((await ending(whole.bytes$)).error).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 120));
  });

  it('starts afresh with every subscription', async () => {
    const { bytes$ } = await open({ deltas }, { timeouts: { firstFrameMs: 200 } });
    await ending(bytes$);
    await new Promise((resolve) => setTimeout(resolve, 220));

    expect((await ending(bytes$)).error).toBeUndefined();
  });

  it.each(['connectMs', 'firstFrameMs', 'idleMs'])('%s that is no time is refused at the call', (clock) => {
    for (const value of [0, -1, NaN, '5', null] as number[]) {
      const request = { ...openAiChat.request({ baseUrl: 'http://a.test', body }), timeouts: { [clock]: value } };
      const error = thrownBy(() => fromHttp(request));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option: expect.stringContaining(clock) });
    }
  });
});

describe('the signal of a request', () => {
  const places: readonly (readonly [where: string, reply: Reply])[] = [
    ['before the head', { deltas, headMs: 60_000 }],
    ['before the first byte', { deltas, firstFrameMs: 60_000 }],
    ['in the body', { deltas, fault: { kind: 'stall', afterBytes: 300 } }],
  ];

  it.each(places)('ends it with an AbortedError %s', async (_, reply) => {
    const leave = new AbortController();
    const reason = new Error('enough');
    const { bytes$, requests, openSockets } = await open(reply, { signal: leave.signal });
    const ended = ending(bytes$);
    await until(() => requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));

    leave.abort(reason);

    expect((await ended).error).toMatchObject({ _tag: 'AbortedError', isRetryable: false, cause: reason });
    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
  });

  it('that is aborted already lets nothing be sent', async () => {
    const { bytes$, requests } = await open({ deltas }, { signal: AbortSignal.abort() });

    expect((await ending(bytes$)).error).toMatchObject({ _tag: 'AbortedError' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(requests).toHaveLength(0);
  });

  it('is let go of at the end, however that comes', async () => {
    let listeners = 0;
    const { signal } = new AbortController();
    const { addEventListener: add, removeEventListener: remove } = signal;
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove.apply(signal, args);
    };
    const { bytes$ } = await open({ deltas }, { signal });
    const failing = await open({ status: 500 }, { signal });

    await ending(bytes$);
    await lastValueFrom(bytes$.pipe(take(1)));
    await ending(failing.bytes$);

    expect(listeners).toBe(0);
  });
});
