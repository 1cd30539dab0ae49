import { accumulateDelta, type Delta, fromSse, NetworkError, streamDeltas, type StreamOptions } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { RestartError } from '../../src/bytes/RestartError.ts';
import { ending, expectNothingUncaught, failure, until } from '../support/provider.ts';

const encoder = new TextEncoder();

/** The bytes of an answer, up to so many of its deltas. */
const bytesOf = (id: string, text: string, deltas = Infinity): Uint8Array<ArrayBuffer> => {
  const encode = openAiChat.encode();
  const frames = answer({ id, text }).slice(0, deltas).flatMap(encode);
  return encoder.encode(frames.map((frame) => (frame.kind === 'message' ? `data: ${frame.data}\n\n` : '')).join(''));
};

/** A transport that sends its request again by itself: each response ends in a restart that holds the next. */
const restarting = (...bodies: readonly Uint8Array[]) => {
  const log: string[] = [];
  const hooks = { taken: (): void => undefined };
  const signals: AbortSignal[] = [];
  const respond = (at: number): Response => {
    const [bytes] = bodies.slice(at);
    let reads = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          reads += 1;
          if (reads === 1 && bytes) controller.enqueue(bytes);
          else if (at + 1 < bodies.length) controller.error(restart(at + 1));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  const restart = (at: number): RestartError =>
    new RestartError('http://fake.test', () => {
      log.push(`take ${at}`);
      hooks.taken();
      return {
        fetch: async (_, init) => {
          log.push(`fetch ${at}`);
          if (init?.signal) signals.push(init.signal);
          return respond(at);
        },
        release: () => log.push(`release ${at}`),
      };
    });
  const fetch: typeof globalThis.fetch = async () => {
    log.push('fetch 0');
    return respond(0);
  };
  return { fetch, hooks, log, signals };
};

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };

const deltasOf = (fetch: typeof globalThis.fetch, more: Partial<StreamOptions<typeof body>> = {}) =>
  streamDeltas(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, retry: false, body, ...more });

const starts = (deltas: readonly Delta[]) => deltas.filter(({ type }) => type === 'start');

describe('attemptDeltas, where the transport sends the request again', () => {
  expectNothingUncaught();

  it('begins the answer again, with a start of the same attempt', async () => {
    const { fetch, log } = restarting(bytesOf('a1', 'one two three', 4), bytesOf('a2', 'uno dos'));
    const { values, error } = await ending(deltasOf(fetch));

    expect(error).toBeUndefined();
    expect(starts(values)).toMatchObject([
      { id: 'a1', attempt: 1, step: 0 },
      { id: 'a2', attempt: 1, step: 0 },
    ]);
    expect(log).toEqual(['fetch 0', 'take 1', 'fetch 1', 'release 1']);
  });

  it('leaves nothing of what was shown before', async () => {
    const { fetch } = restarting(bytesOf('a1', 'one two three', 4), bytesOf('a2', 'uno', 3), bytesOf('a3', 'un deux'));
    const { values } = await ending(deltasOf(fetch).pipe(accumulateDelta()));

    expect(values.map(({ text }) => text)).toEqual(expect.arrayContaining(['one two', 'uno', 'un deux']));
    expect(values.at(-1)).toMatchObject({ id: 'a3', text: 'un deux', ended: true });
    expect(values.at(-1)?.choices[0].parts).toHaveLength(1);
  });

  it('does not ask for the headers again', async () => {
    let asked = 0;
    const { fetch } = restarting(bytesOf('a1', 'one', 2), bytesOf('a2', 'uno'));
    const apiKey = async (): Promise<string> => `key-${(asked += 1)}`;
    await ending(deltasOf(fetch, { apiKey }));

    expect(asked).toBe(1);
  });

  it('keeps an answer that was whole when the request was sent again', async () => {
    const whole = bytesOf('a1', 'one', answer({ text: 'one' }).length - 1);
    const { fetch, log } = restarting(whole, bytesOf('a2', 'uno'));
    const { values } = await ending(deltasOf(fetch).pipe(accumulateDelta()));

    expect(values.at(-1)).toMatchObject({ id: 'a1', text: 'one', ended: true });
    expect(log).toEqual(['fetch 0']);
  });

  it('lets the other response go when it is left before that was asked for', async () => {
    const { fetch, hooks, log } = restarting(bytesOf('a1', 'one two', 3), bytesOf('a2', 'uno'));
    const subscription = deltasOf(fetch).subscribe();
    hooks.taken = () => {
      queueMicrotask(() => {
        subscription.unsubscribe();
      });
    };
    await until(() => log.includes('release 1'));

    expect(log).toEqual(['fetch 0', 'take 1', 'release 1']);
  });

  it('has the signal of whoever reads the other response', async () => {
    const { fetch, log, signals } = restarting(bytesOf('a1', 'one', 2), bytesOf('a2', 'uno'));
    await ending(deltasOf(fetch));

    expect(log).toContain('fetch 1');
    expect(signals).toMatchObject([{ aborted: true }]);
  });

  it('is a connection that broke to a resumption, which cannot begin again', async () => {
    const cut = new Response(bytesOf('a1', 'one two three four five', 6), {
      headers: { 'content-type': 'text/event-stream' },
    });
    const { fetch, log } = restarting(bytesOf('a2', ' six seven', 3), bytesOf('a3', 'all over again'));
    let count = 0;
    const rest = bytesOf('a4', ' nine ten');
    const replies: (typeof globalThis.fetch)[] = [
      async () => cut,
      fetch,
      async () => new Response(rest, { headers: { 'content-type': 'text/event-stream' } }),
    ];
    const turns: typeof globalThis.fetch = (input, init) => (replies[(count += 1) - 1] ?? fetch)(input, init);
    const { values, error } = await ending(
      deltasOf(turns, { resume: { firstDelayMs: 1 }, retry: false }).pipe(accumulateDelta()),
    );

    expect(error).toBeUndefined();
    expect(log).toEqual(['fetch 0']);
    expect(values.at(-1)).toMatchObject({ text: 'one two three four six nine ten', ended: true });
  });

  it('is an error like any other to whoever knows nothing of it', async () => {
    const { fetch } = restarting(bytesOf('a1', 'one', 2), bytesOf('a2', 'uno'));
    const request = openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body });
    const error = await failure(fromSse(request));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ isRetryable: true, phase: 'body' });
    expect(String(error)).toContain('the request was sent again');
    expect(JSON.stringify(error)).not.toContain('take');
  });
});
