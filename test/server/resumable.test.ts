import { concat, defer, EMPTY, from, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { ApiError, type Delta, HttpError, InvalidOptionError, NetworkError } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { resumable, type ResumableOptions } from 'rxllm/server';
import { answer } from 'rxllm/testing';

const deltas = answer({ text: ['To ', 'be'] });
const start = (): Observable<Delta> => of(...deltas);

const userOf = ({ headers }: Request): string | undefined => headers.get('x-user') ?? undefined;

const endpoints = (options: Partial<ResumableOptions> = {}, log = memoryLog()) => {
  const reported: unknown[] = [];
  const report = (error: unknown): void => void reported.push(error);
  return { log, reported, ...resumable(log, { start, authorize: userOf, report, ...options }) };
};

const request = (method: string, path = '/', headers: Record<string, string> = {}, body?: unknown): Request =>
  new Request(`http://chat.test${path}`, {
    method,
    headers: { 'x-user': 'ann', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const idsIn = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
const typesIn = (text: string): string[] =>
  [...text.matchAll(/^data: \{"type":"([\w-]+)"/gm)].map(([, type]) => type ?? '');
/** Pieces that a reader finds together are joined. */
const types = ['start', 'part-start', 'text', 'part-end', 'finish', 'end'];

describe('resumable: an answer', () => {
  it('is started, named and sent', async () => {
    const { fetch } = endpoints();
    const response = await fetch(request('POST', '/', {}, { question: 'Hamlet?' }));
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get('x-answer-id')).toMatch(/^[\w-]{36}$/);
    expect(response.headers.get('access-control-expose-headers')).toContain('x-answer-id');
    expect(typesIn(text)).toEqual(types);
    expect(text).toContain('event: end\ndata: {"state":"complete"}');
  });

  it('is made of the body, the id, the scope and the context', async () => {
    const seen: unknown[] = [];
    const { fetch } = resumable<{ tenant: string }>(memoryLog(), {
      authorize: (_request, { action, id, context }) => {
        seen.push([action, id]);
        return context.tenant;
      },
      start: ({ id, logId, scope, body, context, request: { url } }) => {
        seen.push({ id, logId, scope, body, context, url });
        return Promise.resolve(EMPTY);
      },
    });
    const context = { tenant: 'acme' };
    await fetch(request('POST', '/?a=b', { 'idempotency-key': 'k1' }, { a: [1] }), context);

    expect(seen).toEqual([
      ['start', 'k1'],
      {
        id: 'k1',
        logId: '["acme","k1"]',
        scope: 'acme',
        body: { a: [1] },
        context,
        url: 'http://chat.test/?a=b',
      },
    ]);
  });

  it('is subscribed to once, and goes on when its reader leaves', async () => {
    const source = new Subject<Delta>();
    let subscriptions = 0;
    const { fetch, log } = endpoints({
      start: () =>
        defer(() => {
          subscriptions += 1;
          return concat(of(deltas[0] as Delta), source.pipe(take(1)));
        }),
    });
    const response = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
    await response.body?.cancel();
    source.next({ type: 'end' });
    const text = await (await fetch(request('GET', '/k'))).text();

    expect(typesIn(text)).toEqual(['start', 'end']);
    expect(subscriptions).toBe(1);
    expect(await log.state('["ann","k"]')).toMatchObject({ state: 'complete' });
  });

  it('is started once for a key, also by requests that meet', async () => {
    let subscribed = 0;
    const log = memoryLog();
    const options: Partial<ResumableOptions> = {
      start: async () => {
        await Promise.resolve();
        return defer(() => {
          subscribed += 1;
          return from(deltas);
        });
      },
    };
    const [one, other] = [endpoints(options, log), endpoints(options, log)];
    const post = (): Request => request('POST', '/', { 'idempotency-key': '"k"' }, {});
    const responses = await Promise.all([one.fetch(post()), other.fetch(post()), one.fetch(post())]);
    const texts = await Promise.all(responses.map((response) => response.text()));
    const late = await (await other.fetch(post())).text();

    expect(subscribed).toBe(1);
    expect(new Set([...texts, late]).size).toBe(1);
    expect(responses.map(({ headers }) => headers.get('x-answer-id'))).toEqual(['k', 'k', 'k']);
  });

  it('is sent from a place on: last-event-id, which wins, or after', async () => {
    const { fetch } = endpoints();
    const whole = await (await fetch(request('POST', '/', { 'idempotency-key': 'k' }))).text();
    const ids = idsIn(whole);
    const at = (index: number): string => ids.at(index) ?? '';
    const rest = async (path: string, headers = {}): Promise<string[]> =>
      idsIn(await (await fetch(request('GET', path, headers))).text());

    expect(await rest('/k', { 'last-event-id': at(2) })).toEqual(ids.slice(3));
    expect(await rest(`/k?after=${at(3)}`)).toEqual(ids.slice(4));
    expect(await rest(`/k?after=${at(0)}`, { 'last-event-id': at(4) })).toEqual(ids.slice(5));
    expect(await rest('/k', { 'last-event-id': '' })).toEqual(ids);
    const again = await fetch(request('POST', '/', { 'idempotency-key': 'k', 'last-event-id': at(4) }));
    expect(idsIn(await again.text())).toEqual(ids.slice(5));
    expect((await fetch(request('GET', '/k', { 'last-event-id': at(-1) }))).status).toBe(204);
  });

  it('is not made a second time for who has seen some of one that is gone', async () => {
    const { fetch } = endpoints();
    const response = await fetch(request('POST', '/', { 'idempotency-key': 'k', 'last-event-id': '1-2' }, {}));

    expect(response.status).toBe(404);
    expect((await fetch(request('GET', '/k'))).status).toBe(404);
  });

  it('begins again where the place is none of it', async () => {
    const { fetch } = endpoints();
    const whole = await (await fetch(request('POST', '/', { 'idempotency-key': 'k' }))).text();
    const foreign = await fetch(request('GET', '/k', { 'last-event-id': '7-3' }));
    const text = await foreign.text();

    expect(text.indexOf('event: reset')).toBeLessThan(text.indexOf('"start"'));
    expect(idsIn(text)).toEqual(idsIn(whole));
  });

  it('ends as failed for the reader, in words for strangers; the error itself is reported', async () => {
    const error = new HttpError({ status: 401, url: 'http://inside:8080/v1' });
    const { fetch, reported } = endpoints({ start: () => throwError(() => error) });
    const text = await (await fetch(request('POST'))).text();

    expect(text).toContain('event: end\ndata: {"state":"failed"');
    expect(text).not.toContain('inside');
    expect(reported).toEqual([error]);
  });
});

describe('resumable: stopping', () => {
  it.each([
    ['POST', '/k/cancel'],
    ['DELETE', '/k'],
  ])('%s %s stops, and says so', async (method, path) => {
    let isLeft = false;
    const { fetch } = endpoints({ start: () => new Observable(() => () => (isLeft = true)) });
    const response = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
    const stopped = await fetch(request(method, path));

    expect(await stopped.json()).toEqual({ id: 'k', stopped: true });
    expect(await response.text()).toContain('{"state":"stopped","reason":"stopped"}');
    expect(isLeft).toBe(true);
    expect(await (await fetch(request(method, path))).json()).toEqual({ id: 'k', stopped: false });
    expect((await fetch(request(method, path.replace('k', 'other')))).status).toBe(404);
  });
});

describe('resumable: requests', () => {
  it.each([
    ['GET', '/', 405, 'POST, OPTIONS'],
    ['PUT', '/k', 405, 'GET, HEAD, DELETE, OPTIONS'],
    ['POST', '/k', 405, 'GET, HEAD, DELETE, OPTIONS'],
    ['GET', '/k/cancel', 405, 'POST, OPTIONS'],
    ['OPTIONS', '/', 204, 'POST, OPTIONS'],
    ['OPTIONS', '/k', 204, 'GET, HEAD, DELETE, OPTIONS'],
    ['GET', '/k/other', 404, null],
    ['GET', '/k', 404, null],
    ['HEAD', '/k', 404, null],
  ])('%s %s is answered with %i', async (method, path, status, allow) => {
    const { fetch } = endpoints();
    const response = await fetch(request(method, path));

    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
  });

  it('take the base path, and nothing else', async () => {
    const { fetch } = endpoints({ basePath: '/api/answers' });
    const statuses = ['/api/answers', '/api/answers/', '/', '/api', '/api/answersx'].map(
      async (path) => (await fetch(request('POST', path))).status,
    );

    expect(await Promise.all(statuses)).toEqual([200, 200, 404, 404, 404]);
  });

  it('HEAD tells that an answer is there, and begins no stream', async () => {
    const { fetch } = endpoints({ start: () => NEVER });
    const response = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
    const head = await fetch(request('HEAD', '/k'));

    expect([head.status, head.body]).toEqual([200, null]);
    expect(head.headers.get('content-type')).toContain('text/event-stream');
    await fetch(request('DELETE', '/k'));
    await response.text();
  });

  it.each([
    ['a body that is no JSON', '/', { 'content-type': 'application/json' }, '{"a":', 400],
    ['a body of another type', '/', { 'content-type': 'text/plain' }, '{}', 415],
    ['a key that is too long', '/', { 'idempotency-key': 'k'.repeat(129) }, '{}', 400],
    ['a key with a space', '/', { 'idempotency-key': 'a b' }, '{}', 400],
    ['a key that is a path', '/', { 'idempotency-key': '../k' }, '{}', 400],
    ['an empty key', '/', { 'idempotency-key': '' }, '{}', 400],
    ['a body that is too large', '/', {}, JSON.stringify('x'.repeat(99)), 413],
  ])('are refused with %s', async (_what, path, headers, body, status) => {
    const { fetch, reported } = endpoints({ maxBodyBytes: 100 });
    const response = await fetch(request('POST', path, headers, body));

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: { message: expect.any(String), code: expect.any(String) } });
    expect(reported).toEqual([]);
  });

  it.each(['x', '1-', '1-2.', '-1-2', '1-2\t', '1e3-2', '1-2.3.4', '0x1-2', '１-2', `1-${'9'.repeat(16)}`])(
    'are refused with the cursor %j',
    async (cursor) => {
      const { fetch } = endpoints();
      await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
      const response = await fetch(request('GET', `/k?after=${encodeURIComponent(cursor)}`));

      expect(response.status).toBe(400);
    },
  );

  it('carry the headers of the option, errors and preflights too', async () => {
    const headers = { 'access-control-allow-origin': '*' };
    const { fetch } = endpoints({ headers });
    const responses = [request('OPTIONS'), request('POST'), request('GET', '/nothing'), request('PUT')].map(
      async (one) => (await fetch(one)).headers.get('access-control-allow-origin'),
    );

    expect(await Promise.all(responses)).toEqual(['*', '*', '*', '*']);
  });
});

describe('resumable: what callbacks do', () => {
  it.each([
    ['undefined', () => undefined, 403],
    ['an empty text', () => '', 403],
    ['what is no text', () => 7 as unknown as string, 403],
    ['a response', () => new Response('who are you?', { status: 401 }), 401],
  ])('authorize gives %s', async (_what, authorize, status) => {
    let starts = 0;
    const { fetch } = endpoints({
      authorize,
      start: () => {
        starts += 1;
        return EMPTY;
      },
    });
    const statuses = [request('POST'), request('GET', '/k'), request('DELETE', '/k')].map(
      async (one) => (await fetch(one)).status,
    );

    expect(await Promise.all(statuses)).toEqual([status, status, status]);
    expect(starts).toBe(0);
  });

  it.each([
    ['a provider at its limit', new HttpError({ status: 429, url: 'http://inside/', retryAfterMs: 1_500 }), 429, '2'],
    ['a provider that is overloaded', new HttpError({ status: 529, url: 'http://inside/' }), 503, null],
    ['no provider', new NetworkError({ url: 'http://inside/', code: 'ECONNREFUSED', phase: 'connect' }), 503, null],
    ['a key that is wrong', new ApiError({ message: 'sk-12345678 is no key', code: 'invalid_api_key' }), 500, null],
    ['a bug', new TypeError('inside is undefined'), 500, null],
  ])('start rejects for %s', async (_what, error, status, retryAfter) => {
    const { fetch, reported } = endpoints({ start: () => Promise.reject(error) });
    const response = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
    const text = await response.text();

    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(text).not.toMatch(/inside|sk-/);
    expect(reported).toEqual([error]);
  });

  it('start that failed is asked again for the same key', async () => {
    let isUp = false;
    const { fetch } = endpoints({
      start: () => {
        if (!isUp) throw new Error('down');
        return start();
      },
    });
    const first = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));
    isUp = true;
    const second = await fetch(request('POST', '/', { 'idempotency-key': 'k' }));

    expect([first.status, second.status]).toEqual([500, 200]);
  });

  it('a response that start throws goes out as it is', async () => {
    const { fetch, reported } = endpoints({
      start: () => {
        throw Response.json({ over: true }, { status: 402, headers: { 'set-cookie': 'a=b' } });
      },
    });
    const response = await fetch(request('POST'));

    expect([response.status, await response.json(), response.headers.getSetCookie()]).toEqual([
      402,
      { over: true },
      ['a=b'],
    ]);
    expect(reported).toEqual([]);
  });

  it('a response that has been sent before is a 500, whoever gives it', async () => {
    const mine = new Response('not now', { status: 429 });
    const { fetch, reported } = endpoints({
      authorize: ({ method }) => (method === 'POST' ? 'ann' : mine),
      start: () => {
        throw mine;
      },
    });
    const first = await fetch(request('POST'));

    expect([first.status, await first.text()]).toEqual([429, 'not now']);
    expect((await fetch(request('POST'))).status).toBe(500);
    expect((await fetch(request('GET', '/k'))).status).toBe(500);
    expect(reported.map(String)).toEqual(Array(2).fill(expect.stringMatching(/^TypeError/)));
  });

  it('authorize that throws is a 500 without its words', async () => {
    const { fetch, reported } = endpoints({ authorize: () => Promise.reject(new Error('secret')) });
    const response = await fetch(request('POST'));

    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(reported).toHaveLength(1);
  });

  it('a log that cannot be reached is a 503', async () => {
    const log = memoryLog();
    const { fetch, reported } = endpoints({}, { ...log, open: () => Promise.reject(new Error('ECONNREFUSED inside')) });
    const response = await fetch(request('POST'));

    expect([response.status, await response.text()]).toEqual([503, expect.not.stringContaining('inside')]);
    expect(reported).toHaveLength(1);
  });

  it.each<[string, Partial<ResumableOptions>]>([
    ['authorize', { authorize: undefined as never }],
    ['start', { start: 'x' as never }],
    ['basePath', { basePath: 'answers' }],
    ['basePath', { basePath: '/answers/' }],
    ['maxBodyBytes', { maxBodyBytes: 0 }],
    ['heartbeatMs', { heartbeatMs: -1 }],
  ])('a mistake in %s is thrown at the call', (option, options) => {
    expect(() => endpoints(options)).toThrow(InvalidOptionError);
    expect(() => endpoints(options)).toThrow(option);
  });
});

describe('resumable: a router of your own', () => {
  it('starts, follows and stops by itself', async () => {
    const { start: begin, follow, stop } = endpoints({ start: () => concat(start(), NEVER) });
    const response = await begin(request('POST', '/api/chat'));
    const id = response.headers.get('x-answer-id') ?? '';
    const other = await follow(request('GET', '/api/chat/7/stream'), id);

    expect(await (await stop(request('POST', '/api/chat/7/stop'), id)).json()).toEqual({ id, stopped: true });
    expect(await other.text()).toBe(await response.text());
    expect((await follow(request('GET', '/'), 'no\nsuch')).status).toBe(404);
  });
});
