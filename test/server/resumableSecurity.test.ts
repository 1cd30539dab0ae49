import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { concat, from, lastValueFrom, NEVER, toArray } from 'rxjs';
import { memoryLog } from 'rxllm/log';
import { fromRelay } from 'rxllm/relay';
import { type AnswerAccess, resumable } from 'rxllm/server';
import { answer } from 'rxllm/testing';

const deltas = answer({ text: ['private ', 'words'] });

/** A server that takes `x-user` for who asks, and answers with an answer that does not end. */
const shop = () => {
  const asked: AnswerAccess[] = [];
  const log = memoryLog();
  const answers = resumable(log, {
    authorize: ({ headers }, access) => {
      asked.push(access);
      return headers.get('x-user') ?? undefined;
    },
    start: () => concat(from(deltas), NEVER),
    report: () => undefined,
  });
  return { ...answers, log, asked };
};

const request = (user: string, method: string, path: string, headers: Record<string, string> = {}): Request =>
  new Request(`http://chat.test${path}`, { method, headers: { 'x-user': user, ...headers } });

/** What has come of a body when it falls silent; the body is left. */
const heard = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader && !text.includes('"end"')) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
};

describe('resumable: whose answers are whose', () => {
  it("another user's id does not exist: to follow, to look, to stop, to start again", async () => {
    const { fetch, log } = shop();
    const own = await heard(await fetch(request('ann', 'POST', '/', { 'idempotency-key': 'k' })));
    const others = [
      request('bob', 'GET', '/k'),
      request('bob', 'GET', '/k', { 'last-event-id': '1-1' }),
      request('bob', 'HEAD', '/k'),
      request('bob', 'DELETE', '/k'),
      request('bob', 'POST', '/k/cancel'),
      request('bob', 'POST', '/', { 'idempotency-key': 'k', 'last-event-id': '1-1' }),
    ].map(async (one) => (await fetch(one)).status);

    expect(own).toContain('private ');
    expect(await Promise.all(others)).toEqual([404, 404, 404, 404, 404, 404]);
    expect(await log.state('["ann","k"]')).toMatchObject({ state: 'open' });

    const bobs = await heard(await fetch(request('bob', 'POST', '/', { 'idempotency-key': 'k' })));
    expect(bobs).toContain('"end"');
    await fetch(request('bob', 'DELETE', '/k'));
    expect(await log.state('["ann","k"]')).toMatchObject({ state: 'open' });
    expect(await log.stop('["ann","k"]')).toBe(true);
  });

  it('a 404 says the same for what never was and for what is somebody else’s', async () => {
    const { fetch, log } = shop();
    await heard(await fetch(request('ann', 'POST', '/', { 'idempotency-key': 'k' })));
    const tell = async (path: string): Promise<[string, string]> => {
      const response = await fetch(request('bob', 'GET', path));
      return [await response.text(), JSON.stringify([...response.headers])];
    };

    expect(await tell('/k')).toEqual(await tell('/never'));
    await log.stop('["ann","k"]');
  });

  it('scopes and keys of any shape never meet', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('a', 'a","b', '["a', '\\', '\ud800', '__proto__', 'a:b', 'a%2Fb', '\n'),
    );
    const key = fc.stringMatching(/^\w[\w.~:-]{0,8}$/);
    const named = async (scope: string, id: string): Promise<string> => {
      let logId = '';
      const { start } = resumable(memoryLog(), {
        authorize: () => scope,
        start: (one) => {
          ({ logId } = one);
          return from(deltas);
        },
      });
      await (await start(request('-', 'POST', '/', { 'idempotency-key': id }))).text();
      return logId;
    };
    await fc.assert(
      fc.asyncProperty(text, key, text, key, async (scope, id, otherScope, otherId) => {
        const isSame = scope === otherScope && id === otherId;

        expect((await named(scope, id)) === (await named(otherScope, otherId))).toBe(isSame);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a key as any other', async (key) => {
    const { fetch, log } = shop();
    expect((await fetch(request('ann', 'GET', `/${key}`))).status).toBe(404);
    const text = await heard(await fetch(request(key, 'POST', '/', { 'idempotency-key': key })));

    expect(text).toContain('private ');
    expect((await fetch(request('ann', 'GET', `/${key}`))).status).toBe(404);
    expect(await log.stop(JSON.stringify([key, key]))).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('a body with __proto__ stays data', async () => {
    let seen: unknown;
    const { fetch } = resumable(memoryLog(), {
      authorize: () => 'ann',
      start: ({ body }) => {
        seen = body;
        return from(deltas);
      },
    });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"__proto__":{"polluted":true}}',
    };
    await (await fetch(new Request('http://x/', init))).text();

    expect(Object.keys(seen as object)).toEqual(['__proto__']);
    expect((seen as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('resumable: what is written where it does not belong', () => {
  it.each([
    '%0d%0aevil:%201',
    'a%0ab',
    '%00',
    '..%2f..',
    '%2e%2e',
    'a%20b',
    '%',
    '%ff',
    'a'.repeat(129),
    '%C3%A9',
    "'; DROP",
    '{k}',
  ])('the id %s is none, and nobody is asked for it', async (id) => {
    const { fetch, follow, stop, asked } = shop();
    const responses = [
      await fetch(request('ann', 'GET', `/${id}`)),
      await fetch(request('ann', 'DELETE', `/${id}`)),
      await fetch(request('ann', 'POST', `/${id}/cancel`)),
      await follow(request('ann', 'GET', '/'), id),
      await stop(request('ann', 'POST', '/'), id),
    ];

    // What a path makes of dots may be another address.
    expect(responses.map(({ status }) => status).filter((status) => status !== 404 && status !== 405)).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('whatever a key, a place or a path holds: it is refused or as harmless as any', async () => {
    const { fetch } = resumable(memoryLog(), {
      authorize: () => 'ann',
      start: () => from(deltas),
      report: (error) => {
        throw error;
      },
    });
    const latin = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
    await fc.assert(
      fc.asyncProperty(latin, latin, latin, async (key, cursor, path) => {
        const address = `http://x/${encodeURIComponent(path)}`;
        const responses = [
          await fetch(new Request('http://x/', { method: 'POST', headers: { 'idempotency-key': key } })),
          await fetch(
            new Request(`http://x/k?after=${encodeURIComponent(cursor)}`, { headers: { 'last-event-id': cursor } }),
          ),
          await fetch(new Request(address)),
          await fetch(new Request(address, { method: 'DELETE' })),
        ];
        for (const response of responses) {
          expect([200, 204, 400, 404, 405]).toContain(response.status);
          await response.text();
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['0-0', 'all'],
    ['1-0', 'all'],
    ['1-3.999999', '1-4'],
    ['0-4', 'reset'],
    ['1-999999999999999', 'reset'],
    ['2-1', 'reset'],
    ['999999999-1', 'reset'],
    ['0-999999', 'reset'],
  ])('the place %s, guessed or of another answer, shows nothing but the answer, from %s on', async (cursor, first) => {
    const { fetch } = resumable(memoryLog(), {
      authorize: () => 'ann',
      start: () => from(answer({ text: ['private'] })),
    });
    const whole = await (await fetch(request('ann', 'POST', '/', { 'idempotency-key': 'k' }))).text();
    const text = await (await fetch(request('ann', 'GET', '/k', { 'last-event-id': cursor }))).text();
    const events = (all: string): string[] => all.split('\n\n').filter((one) => one.includes('id: '));
    const from4 = events(whole).slice(3);

    expect(text.includes('event: reset')).toBe(first === 'reset');
    expect(events(text)).toEqual(first === '1-4' ? from4 : events(whole));
  });

  it('a place that is not there yet is void once the answer has ended', async () => {
    const { fetch, log } = shop();
    await heard(await fetch(request('ann', 'POST', '/', { 'idempotency-key': 'k' })));
    const ahead = (): Promise<Response> => fetch(request('ann', 'GET', '/k', { 'last-event-id': '1-50' }));
    const early = await ahead();
    await log.stop('["ann","k"]');
    const texts = [await early.text(), await (await ahead()).text()];

    for (const text of texts) expect(text).toMatch(/event: reset[^]*private words[^]*event: end/);
  });
});

describe('resumable: floods', () => {
  let server: Server;
  let port: number;
  const begin = async (answers: ReturnType<typeof shop>): Promise<void> => {
    server = createServer((incoming, response) => void answers.node(incoming, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const raw = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(text);
    const [piece] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return piece.toString('latin1').split('\r\n')[0] ?? '';
  };

  it('oversized headers, lines that are injected and methods of no sense are turned down, and the server lives', async () => {
    const answers = shop();
    await begin(answers);
    const head = 'host: x\r\nx-user: ann\r\n';

    expect(await raw(`GET /k HTTP/1.1\r\n${head}last-event-id: ${'1'.repeat(100_000)}\r\n\r\n`)).toContain(' 431 ');
    expect(await raw(`GET /k HTTP/1.1\r\n${head}last-event-id: ${'1'.repeat(10_000)}\r\n\r\n`)).toContain(' 400 ');
    expect(await raw(`POST / HTTP/1.1\r\n${head}idempotency-key: a\nb: c\r\n\r\n`)).toMatch(/ 400 /);
    expect(await raw(`TRACE / HTTP/1.1\r\n${head}\r\n`)).toContain(' 400 ');
    expect(await raw(`GET //evil.test/k HTTP/1.1\r\n${head}\r\n`)).toContain(' 404 ');
    expect(await raw(`GET /k HTTP/1.1\r\nhost: a b/@\r\nx-user: ann\r\n\r\n`)).toContain(' 404 ');
    expect(await raw(`GET /k HTTP/1.1\r\n${head}\r\n`)).toContain(' 404 ');
  });

  it('500 readers that read nothing cost a place each, and hold up nobody', async () => {
    const answers = shop();
    await begin(answers);
    await heard(await answers.fetch(request('ann', 'POST', '/', { 'idempotency-key': 'k' })));
    const sockets = Array.from({ length: 500 }, () => {
      const socket = connect(port, '127.0.0.1').pause();
      socket.on('error', () => undefined);
      socket.write('GET /k HTTP/1.1\r\nhost: x\r\nx-user: ann\r\n\r\n');
      return socket;
    });
    const url = `http://127.0.0.1:${port}`;
    const followed = lastValueFrom(fromRelay(`${url}/k`, { headers: { 'x-user': 'ann' } }).pipe(toArray()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fetch(`${url}/k`, { method: 'DELETE', headers: { 'x-user': 'ann' } });

    expect((await followed).map(({ type }) => type)).toContain('end');
    for (const socket of sockets) socket.destroy();
  });
});
