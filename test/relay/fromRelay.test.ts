import fc from 'fast-check';
import { concat, concatMap, from, lastValueFrom, NEVER, of, Subject, take, throwError, timer } from 'rxjs';
import { accumulateDelta, ApiError, type Delta, HttpError, InvalidOptionError } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { fromRelay, type RelayEnding, type RelayOptions } from 'rxllm/relay';
import { answer } from 'rxllm/testing';

import { allOf, errorOf, type Fate, joined, network, serverOf, url } from './relaying.ts';

const retry = { firstDelayMs: 0 };
const body = { question: 'Hamlet?' };
const deltas = answer({
  text: ['To ', 'bé ', 'or 𝄞 ', 'not ', '😀 to', ' be'],
  usage: { inputTokens: 3, outputTokens: 6 },
});

const sse =
  (text: string): (() => Response) =>
  () =>
    new Response(text, { headers: { 'content-type': 'text/event-stream' } });
const status = (code: number, headers: Record<string, string> = {}): Fate => ({
  response: () => new Response('<html>', { status: code, headers }),
});

/** Deltas that come one by one, so that readers get them as they are. */
const spaced = (): ReturnType<typeof from<readonly Delta[]>> =>
  from(deltas).pipe(concatMap((delta) => timer(1).pipe(concatMap(() => of(delta)))));

describe('fromRelay', () => {
  it('starts an answer, and completes with it', async () => {
    const { fetch, starts } = serverOf(deltas);
    const { fetch: send, requests } = network([fetch]);
    const endings: RelayEnding[] = [];
    const seen = await allOf(fromRelay(url, { body, fetch: send, onEnding: (ending) => endings.push(ending) }));

    expect(joined(seen)).toEqual(joined(deltas));
    expect(endings).toEqual([{ state: 'complete' }]);
    expect(starts()).toBe(1);
    expect(requests.map(({ method, headers }) => [method, headers.get('content-type')])).toEqual([
      ['POST', 'application/json'],
    ]);
    expect(await requests[0]?.json()).toEqual(body);
    expect(requests[0]?.cache).toBe('no-store');
  });

  it('follows one that is there', async () => {
    const { fetch } = serverOf(spaced);
    const { fetch: send } = network([fetch]);
    const started = allOf(fromRelay(url, { body, key: 'k', fetch: send }));
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(joined(await allOf(fromRelay(`${url}/k`, { fetch: send })))).toEqual(joined(deltas));
    expect(await started).toEqual(deltas);
  });

  it.each(['clean', 'broken'] as const)('sees each delta once, wherever a connection ends (%s)', async (how) => {
    const { fetch, starts } = serverOf(deltas);
    const key = 'k';
    const text = await (await fetch(new Request(url, { method: 'POST', headers: { 'idempotency-key': key } }))).text();
    const bytes = new TextEncoder().encode(text).byteLength;
    const cuts = Array.from({ length: bytes }, (_, at) => at).filter((at) => how === 'clean' || at % 7 === 0);
    const results = await Promise.all(
      cuts.map(async (cutBytes) => {
        const { fetch: send, requests } = network([fetch], [{ cutBytes, how }]);
        const seen = await allOf(fromRelay(url, { body, key, fetch: send, retry }));
        return [joined(seen), requests.length] as const;
      }),
    );

    expect(bytes).toBeGreaterThan(500);
    for (const [seen, connections] of results) {
      expect(seen).toEqual(joined(deltas));
      expect(connections).toBeLessThanOrEqual(2);
    }
    expect(starts()).toBe(1);
  });

  it('sees each delta once, whatever happens in between', async () => {
    const fate: fc.Arbitrary<Fate | undefined> = fc.oneof(
      fc.record({ cutBytes: fc.nat(900), how: fc.constantFrom('clean' as const, 'broken' as const) }),
      fc.constantFrom(status(502), status(503, { 'retry-after': '0' }), status(429), {
        throws: new TypeError('fetch failed'),
      }),
      fc.constant({ response: () => new Response(null, { headers: { 'content-type': 'text/event-stream' } }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 8 }), fc.nat(3), async (fates, servers) => {
        const log = memoryLog();
        const all = Array.from({ length: servers + 1 }, () => serverOf(spaced, log));
        const { fetch } = network(
          all.map((server) => server.fetch),
          fates,
        );
        const seen = await allOf(fromRelay(url, { body, fetch, retry: { ...retry, maxRetries: 9 } }));

        expect(joined(seen)).toEqual(joined(deltas));
        expect(all.reduce((sum, { starts }) => sum + starts(), 0)).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it('passes over what is sent to it again', async () => {
    const { fetch } = serverOf(deltas);
    const { fetch: send, requests } = network([fetch], [{ cutBytes: 300, how: 'clean' }]);
    // A server, or a cache before it, that knows nothing of places.
    const forgetful: typeof fetch = (request) => {
      const headers = new Headers(request.headers);
      headers.delete('last-event-id');
      return send(new Request(request, { headers }));
    };
    const { fetch: through } = network([forgetful]);

    expect(joined(await allOf(fromRelay(url, { body, fetch: through, retry })))).toEqual(joined(deltas));
    expect(requests).toHaveLength(2);
  });

  it('asks again with its place and key, for headers anew', async () => {
    const { fetch } = serverOf(deltas);
    const { fetch: send, requests } = network([fetch], [{ cutBytes: 500, how: 'clean' }, status(502)]);
    let asked = 0;
    const headers = async (): Promise<Record<string, string>> => ({ Authorization: `token ${(asked += 1)}` });
    const cursors: string[] = [];
    await allOf(fromRelay(url, { body, fetch: send, retry, headers, onCursor: (cursor) => cursors.push(cursor) }));
    const sent = (name: string): (string | null)[] => requests.map((request) => request.headers.get(name));

    expect(sent('authorization')).toEqual(['token 1', 'token 2', 'token 3']);
    expect(new Set(sent('idempotency-key')).size).toBe(1);
    expect(sent('idempotency-key')[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(sent('last-event-id')[0]).toBe(null);
    expect(cursors).toContain(sent('last-event-id')[1]);
    expect(sent('last-event-id')[2]).toBe(sent('last-event-id')[1]);
    expect(await Promise.all(requests.map((request) => request.json()))).toEqual([body, body, body]);
  });

  it('gives another answer to another subscriber, the same for the same key', async () => {
    const { fetch, starts } = serverOf(deltas);
    const options = { body, fetch: network([fetch]).fetch };
    const cold = fromRelay(url, options);
    const named = fromRelay(url, { ...options, key: 'k' });
    await Promise.all([allOf(cold), allOf(cold)]);
    await Promise.all([allOf(named), allOf(named)]);

    expect(starts()).toBe(3);
  });

  it('goes on behind a place; at the end there is nothing more', async () => {
    const { fetch } = serverOf(spaced);
    const { fetch: send } = network([fetch]);
    const cursors: string[] = [];
    const first = await allOf(
      fromRelay(url, { body, key: 'k', fetch: send, onCursor: (cursor) => cursors.push(cursor) }).pipe(take(3)),
    );
    const rest = await allOf(fromRelay(`${url}/k`, { fetch: send, after: cursors.at(-1) }));

    expect(cursors).toHaveLength(3);
    expect(joined([...first, ...rest])).toEqual(joined(deltas));
    expect(await allOf(fromRelay(`${url}/k`, { fetch: send, after: `1-${deltas.length + 1}` }))).toEqual([]);
  });

  it('leaves when it is unsubscribed from, and the answer goes on', async () => {
    const source = new Subject<Delta>();
    const { fetch, log } = serverOf(() => source);
    let cancelled = 0;
    const { fetch: send } = network([
      async (request) => {
        const response = await fetch(request);
        request.signal.addEventListener('abort', () => (cancelled += 1));
        return response;
      },
    ]);
    const seen: Delta[] = [];
    const subscription = fromRelay(url, { body, key: 'k', fetch: send }).subscribe((delta) => seen.push(delta));
    while (!source.observed) await new Promise((resolve) => setTimeout(resolve, 1));
    source.next({ type: 'end' });
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    subscription.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(source.observed).toBe(true);
    expect(await log.state('["ann","k"]')).toMatchObject({ state: 'open', seq: 1 });
    source.complete();
  });
});

describe('fromRelay: how an answer ends', () => {
  it('stopped: it completes, without end, and says so', async () => {
    const { fetch, log } = serverOf(() => concat(from(deltas.slice(0, 4)), NEVER));
    const { fetch: send } = network([fetch]);
    const endings: RelayEnding[] = [];
    const completion = lastValueFrom(
      fromRelay(url, { body, key: 'k', fetch: send, onEnding: (ending) => endings.push(ending) }).pipe(
        accumulateDelta(),
      ),
    );
    while ((await log.state('["ann","k"]'))?.seq !== 4) await new Promise((resolve) => setTimeout(resolve, 1));
    await log.stop('["ann","k"]', 'the user');

    expect(await completion).toMatchObject({ text: 'To bé ', ended: false });
    expect(endings).toEqual([{ state: 'stopped', reason: 'the user' }]);
  });

  it('failed: with an ApiError, also one that looks as if it would heal', async () => {
    const error = new ApiError({ message: 'Overloaded', code: 'overloaded_error' });
    const { fetch, starts } = serverOf(() =>
      concat(
        from(deltas.slice(0, 4)),
        throwError(() => error),
      ),
    );
    const { fetch: send, requests } = network([fetch]);
    const seen = await errorOf(fromRelay(url, { body, fetch: send, retry }).pipe(accumulateDelta()));

    expect(seen).toBeInstanceOf(ApiError);
    expect(seen).toMatchObject({
      code: 'overloaded_error',
      providerMessage: 'Overloaded',
      partial: { text: 'To bé ' },
    });
    expect([requests.length, starts()]).toEqual([1, 1]);
  });

  it('lost: with a LogError', async () => {
    const { fetch: send } = network([async () => sse('event: end\ndata: {"state":"lost"}\nid: 1-3\n\n')()]);

    expect(await errorOf(fromRelay(`${url}/k`, { fetch: send, retry }))).toMatchObject({
      _tag: 'LogError',
      reason: 'lost',
      logId: 'k',
    });
  });

  it('not there: with a LogError, at once', async () => {
    const { fetch } = serverOf(deltas);
    const { fetch: send, requests } = network([fetch]);

    expect(await errorOf(fromRelay(`${url}/k?a=b`, { fetch: send, retry }))).toMatchObject({
      _tag: 'LogError',
      reason: 'not-found',
      logId: 'k',
    });
    expect(requests).toHaveLength(1);
  });

  it('gone in the middle: with a LogError, and nothing is made again', async () => {
    const one = serverOf(deltas);
    const other = serverOf(deltas);
    const { fetch } = network([one.fetch, other.fetch], [{ cutBytes: 500, how: 'clean' }]);

    expect(await errorOf(fromRelay(url, { body, fetch, retry }))).toMatchObject({
      _tag: 'LogError',
      reason: 'not-found',
    });
    expect(other.starts()).toBe(0);
  });

  it('an address that starts nothing is an HttpError', async () => {
    const { fetch: send } = network([serverOf(deltas).fetch]);

    expect(await errorOf(fromRelay('http://chat.test/other', { body, fetch: send, retry }))).toMatchObject({
      _tag: 'HttpError',
      status: 404,
    });
  });
});

describe('fromRelay: an answer that begins again', () => {
  const text = (value: string): Delta => ({ type: 'text', choice: 0, part: 0, text: value });
  const begin = (step: number): Delta => ({ type: 'start', id: 'a', model: 'm', attempt: 1, step });
  const frames = (...parts: (Delta | 'reset')[]): string =>
    parts
      .map((part, at) =>
        part === 'reset' ? 'event: reset\ndata: {}\n\n' : `data: ${JSON.stringify(part)}\nid: 2-${at + 1}\n\n`,
      )
      .join('');
  const end = 'event: end\ndata: {"state":"complete"}\nid: 2-99\n\n';

  it('is accumulated afresh, also when a later step had begun', async () => {
    const before = frames(begin(0), text('void '), { type: 'step-end', step: 0 }, begin(1), text('and void'));
    const after = frames('reset', begin(0), text('true'), { type: 'end' }) + end;
    const { fetch } = network([async () => sse(after)()], [{ response: sse(before) }]);
    const completion = await lastValueFrom(fromRelay(`${url}/k`, { fetch, retry }).pipe(accumulateDelta()));

    expect(completion).toMatchObject({ text: 'true', ended: true });
    expect(completion.choices[0].parts).toHaveLength(1);
    expect(completion.steps).toHaveLength(1);
  });

  it('is read from its beginning when the connection breaks right behind the word for it', async () => {
    const { fetch, requests } = network(
      [async () => sse(frames(begin(0), text('true'), { type: 'end' }) + end)()],
      [{ response: sse(frames(begin(0), text('void'), text(' too'))) }, { response: sse(frames('reset')) }],
    );
    const completion = await lastValueFrom(fromRelay(`${url}/k`, { fetch, retry }).pipe(accumulateDelta()));

    expect(completion.text).toBe('true');
    expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '2-3', null]);
  });
});

describe('fromRelay: failures', () => {
  it.each([400, 401, 402, 403, 405, 410, 413])('a %i is an HttpError at once', async (code) => {
    const { fetch, requests } = network([], [status(code)]);

    expect(await errorOf(fromRelay(`${url}/k`, { fetch, retry }))).toMatchObject({ _tag: 'HttpError', status: code });
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['text/html', '<html>'],
    ['text/plain', 'data: {"type":"end"}\n\n'],
    ['application/json', '{"answer":42}'],
  ])('a %s is a ContentTypeError at once', async (type, text) => {
    const { fetch, requests } = network(
      [],
      [{ response: () => new Response(text, { headers: { 'content-type': type } }) }],
    );

    expect(await errorOf(fromRelay(`${url}/k`, { fetch, retry }))).toMatchObject({
      _tag: 'ContentTypeError',
      bodyStart: text,
    });
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['data: {"id":"chatcmpl-1","choices":[]}\n\n', 'no delta'],
    ['data: [DONE]\n\n', 'not JSON'],
    ['data: [1]\n\n', 'no object'],
    ['event: end\ndata: nothing\n\n', 'not JSON'],
  ])('frames of another server are a ChunkParseError: %j', async (text, problem) => {
    const { fetch, requests } = network([], [{ response: sse(text) }]);
    const error = await errorOf(fromRelay(`${url}/k`, { fetch, retry }));

    expect(error).toMatchObject({ _tag: 'ChunkParseError' });
    expect(String(error)).toContain(problem);
    expect(requests).toHaveLength(1);
  });

  it('takes no empty response for the end of an answer of which it has nothing', async () => {
    const empty = { response: () => new Response(null, { status: 204 }) };
    const { fetch, requests } = network([], [empty, empty]);

    expect(await errorOf(fromRelay(url, { body, fetch, retry: { ...retry, maxRetries: 1 } }))).toMatchObject({
      _tag: 'TruncatedError',
    });
    expect(requests).toHaveLength(2);
  });

  it('passes over events that it does not know', async () => {
    const text =
      'event: news\ndata: x\nid: 1-1\n\ndata: {"type":"end"}\nid: 1-2\n\nevent: end\ndata: {"state":"complete"}\nid: 1-3\n\n';
    const { fetch } = network([], [{ response: sse(text) }]);

    expect(await allOf(fromRelay(`${url}/k`, { fetch }))).toEqual([{ type: 'end' }]);
  });

  it('gives up after maxRetries attempts in a row that bring nothing', async () => {
    const { fetch, requests } = network(
      [],
      Array.from({ length: 9 }, () => status(502)),
    );

    expect(await errorOf(fromRelay(`${url}/k`, { fetch, retry: { ...retry, maxRetries: 3 } }))).toBeInstanceOf(
      HttpError,
    );
    expect(requests).toHaveLength(4);
  });

  it('counts afresh behind every delta', async () => {
    const { fetch } = serverOf(spaced);
    const fates = [status(502), status(502), { cutBytes: 150, how: 'clean' as const }, status(502)];
    const { fetch: send, requests } = network([fetch], fates);

    expect(joined(await allOf(fromRelay(url, { body, fetch: send, retry: { ...retry, maxRetries: 2 } })))).toEqual(
      joined(deltas),
    );
    expect(requests).toHaveLength(5);
  });

  it.each([
    ['retry: false', { retry: false }],
    ['maxRetries: 0', { retry: { maxRetries: 0 } }],
  ] as const)('does not come again with %s', async (_what, options) => {
    const { fetch, requests } = network([serverOf(deltas).fetch], [{ cutBytes: 400, how: 'clean' }]);

    expect(await errorOf(fromRelay(url, { body, fetch, ...options }))).toMatchObject({ _tag: 'TruncatedError' });
    expect(requests).toHaveLength(1);
  });

  it('does not wait for longer than it may', async () => {
    const { fetch, requests } = network([], [status(503, { 'retry-after': '3600' })]);

    expect(await errorOf(fromRelay(`${url}/k`, { fetch }))).toMatchObject({ status: 503, retryAfterMs: 3_600_000 });
    expect(requests).toHaveLength(1);
  });

  it('takes a silent connection for dead; heartbeats break the silence', async () => {
    const late = (): ReturnType<typeof spaced> =>
      concat(of(deltas[0] as Delta), timer(150).pipe(concatMap(() => from(deltas.slice(1)))));
    const [beating, silent] = [5, 60_000].map((heartbeatMs) =>
      network([serverOf(late, memoryLog(), { heartbeatMs }).fetch]),
    );
    const seen = (fetch: typeof globalThis.fetch): Promise<Delta[]> =>
      allOf(fromRelay(url, { body, fetch, retry, idleMs: 60 }));

    expect(joined(await seen(beating?.fetch as never))).toEqual(joined(deltas));
    expect(beating?.requests).toHaveLength(1);
    expect(joined(await seen(silent?.fetch as never))).toEqual(joined(deltas));
    expect(silent?.requests.length).toBeGreaterThan(1);
  });

  it('ends with an AbortedError, also while it waits', async () => {
    const controller = new AbortController();
    const { fetch, requests } = network([], [status(502)]);
    const error = errorOf(
      fromRelay(`${url}/k`, {
        fetch,
        retry: { firstDelayMs: 60_000, maxDelayMs: 60_000, random: () => 0.9 },
        signal: controller.signal,
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort();

    expect(await error).toMatchObject({ _tag: 'AbortedError' });
    expect(requests).toHaveLength(1);
  });

  it('gives what the callbacks throw', async () => {
    const { fetch } = network([serverOf(deltas).fetch]);
    const thrown = new Error('mine');
    const fail = (): never => {
      throw thrown;
    };

    expect(await errorOf(fromRelay(url, { body, fetch, onCursor: fail }))).toBe(thrown);
    expect(await errorOf(fromRelay(url, { body, fetch, onEnding: fail }))).toBe(thrown);
    expect(await errorOf(fromRelay(url, { body, fetch, headers: fail }))).toBe(thrown);
  });

  it.each<[string, RelayOptions]>([
    ['key', { key: 'a b', body }],
    ['key', { key: 'k' }],
    ['after', { after: '1-2\r\nx: y' }],
    ['maxRetries', { retry: { maxRetries: -1 } }],
    ['firstDelayMs', { retry: { firstDelayMs: -1 } }],
    ['idleMs', { idleMs: 0 }],
    ['connectMs', { connectMs: NaN }],
  ])('a mistake in %s is thrown at the call', (option, options) => {
    expect(() => fromRelay(url, options)).toThrow(InvalidOptionError);
    expect(() => fromRelay(url, options)).toThrow(option);
  });
});
