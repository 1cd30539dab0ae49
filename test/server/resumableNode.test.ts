import express from 'express';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type RequestListener } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, connect, type Server } from 'node:net';
import { concat, from, lastValueFrom, NEVER, Observable, of, toArray } from 'rxjs';
import type { Delta } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { fromRelay, stopAnswer } from 'rxllm/relay';
import { resumable, type ResumableOptions } from 'rxllm/server';
import { answer } from 'rxllm/testing';

const deltas = answer({ text: ['To ', 'be'] });

const endpoints = (options: Partial<ResumableOptions<IncomingMessage>> = {}, log = memoryLog()) =>
  resumable<IncomingMessage>(log, {
    authorize: ({ headers }) => headers.get('x-user') ?? 'ann',
    start: () => from(deltas),
    report: () => undefined,
    ...options,
  });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const originOf = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const listen = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return originOf(server);
};

const serve = (answers: ReturnType<typeof endpoints>): Promise<string> =>
  listen((request, response) => void answers.node(request, response));

const types = (seen: readonly Delta[]): string[] => [...new Set(seen.map(({ type }) => type))];
const all = (source: Observable<Delta>): Promise<Delta[]> => lastValueFrom(source.pipe(toArray()));

describe('resumable, in Node', () => {
  it('starts, follows and stops over http', async () => {
    const bodies: unknown[] = [];
    const url = await serve(
      endpoints({
        start: ({ body }) => {
          bodies.push(body);
          return concat(from(deltas), NEVER);
        },
      }),
    );
    const started = all(fromRelay(url, { key: 'k', body: { question: 'é'.repeat(100_000) } }));
    const head = await fetch(`${url}/k`, { method: 'HEAD' });
    for (let isOn = false; !isOn; isOn = (await fetch(`${url}/k`, { method: 'HEAD' })).status === 200);
    const followed = all(fromRelay(`${url}/k`));

    expect([200, 404]).toContain(head.status);
    expect(await stopAnswer(`${url}/k`)).toBe(true);
    expect(types(await started)).toEqual(types(deltas));
    expect(types(await followed)).toEqual(types(deltas));
    expect(bodies).toEqual([{ question: 'é'.repeat(100_000) }]);
    expect(await stopAnswer(`${url}/k`)).toBe(false);
    expect(await stopAnswer(`${url}/other`)).toBe(false);
  });

  it('leaves the router to you', async () => {
    const answers = endpoints();
    const url = await listen((request, response) => {
      const task =
        request.method === 'POST' ? ({ action: 'start' } as const) : ({ action: 'follow', id: 'k' } as const);
      void answers.nodeAs(task, request, response);
    });

    expect(types(await all(fromRelay(`${url}/api/chat`, { body: {}, key: 'k' })))).toEqual(types(deltas));
    expect(types(await all(fromRelay(`${url}/api/chat/7/stream`)))).toEqual(types(deltas));
  });

  it('works in Express, mounted anywhere, with and without its own parser, and with what middleware knows', async () => {
    const app = express();
    const seen: unknown[] = [];
    const answers = resumable<express.Request>(memoryLog(), {
      authorize: (_request, { context }) => (context as unknown as { user: string }).user,
      start: ({ body, scope }) => {
        seen.push([scope, body]);
        return from(deltas);
      },
    });
    app.use((request, _response, next) => {
      Object.assign(request, { user: 'bob' });
      next();
    });
    app.use('/raw', answers.node);
    app.use('/parsed/deep', express.json(), answers.node);
    const url = await listen(app);
    const body = { question: 'Hamlet?' };

    expect(types(await all(fromRelay(`${url}/raw`, { body })))).toEqual(types(deltas));
    expect(types(await all(fromRelay(`${url}/parsed/deep`, { body, key: 'k' })))).toEqual(types(deltas));
    expect(types(await all(fromRelay(`${url}/parsed/deep/k`)))).toEqual(types(deltas));
    expect(seen).toEqual([
      ['bob', body],
      ['bob', body],
    ]);
  });

  it('works over HTTP/2', async () => {
    const answers = endpoints();
    const server = createHttp2((request, response) => void answers.node(request, response));
    const client = connectHttp2(await originOf(server));
    closing.push(() => {
      client.destroy();
      server.close();
    });
    const ask = async (headers: Record<string, string>, body = ''): Promise<[IncomingHttpHeaders, string]> => {
      const stream = client.request(headers);
      if (headers[':method'] === 'POST') stream.end(body);
      const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
      let text = '';
      for await (const piece of stream.setEncoding('utf8')) text += piece as string;
      return [head, text];
    };
    const json = { 'content-type': 'application/json', 'idempotency-key': 'k' };
    const [head, text] = await ask({ ':method': 'POST', ':path': '/', ...json }, '{}');
    const [, again] = await ask({ ':path': '/k' });
    const [large] = await ask(
      { ':method': 'POST', ':path': '/', ...json, 'idempotency-key': 'l' },
      `"${'x'.repeat(5e6)}"`,
    );

    expect([head[':status'], head['x-answer-id'], large[':status']]).toEqual([200, 'k', 413]);
    expect(text).toContain('event: end');
    expect(again).toContain('event: end');
  });

  it('keeps the connection in order behind a body that nobody read', async () => {
    const url = new URL(await serve(endpoints()));
    const socket = connect(Number(url.port), url.hostname);
    closing.push(() => socket.destroy());
    const body = JSON.stringify('x'.repeat(200_000));
    const post = (extra: string): string =>
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nidempotency-key: k\r\n${extra}content-length: ${body.length}\r\n\r\n${body}`;
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    // The second is answered without a look at its body; the third is turned down by its key.
    socket.write(post(''));
    socket.write(post(''));
    socket.write(post('idempotency-key: a b\r\n'));
    socket.write('GET /k HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await once(socket, 'end');

    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200']);
  });

  it.each([
    ['with its length', { 'content-length': '50000000' }],
    ['without', {}],
  ])('turns a body down that is too large, %s', async (_what, headers) => {
    let starts = 0;
    const url = await serve(
      endpoints({
        maxBodyBytes: 10_000,
        start: () => {
          starts += 1;
          return of();
        },
      }),
    );
    const request = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
    request.on('error', () => undefined);
    request.write('"');
    const pump = setInterval(() => request.write('x'.repeat(5_000)), 1);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    clearInterval(pump);
    request.destroy();

    expect([response.statusCode, response.headers.connection, starts]).toEqual([413, 'close', 0]);
  });

  it('forgets a client that leaves in the middle of its body', async () => {
    const reported: unknown[] = [];
    const url = await serve(endpoints({ report: (error) => reported.push(error) }));
    const request = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    request.on('error', () => undefined);
    request.write('{"a":');
    await new Promise((resolve) => setTimeout(resolve, 20));
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(reported).toEqual([]);
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
  });

  it('goes on with the answer when its client leaves while start is asked', async () => {
    let isSubscribed = false;
    const url = await serve(
      endpoints({
        start: () =>
          new Promise((resolve) => {
            setTimeout(() => {
              resolve(
                new Observable((out) => {
                  isSubscribed = true;
                  out.complete();
                }),
              );
            }, 30);
          }),
      }),
    );
    await fetch(url, { method: 'POST', signal: AbortSignal.timeout(10) }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));

    expect(isSubscribed).toBe(true);
  });

  it('cuts the connection where a response that a callback gave cannot be read', async () => {
    const reported: unknown[] = [];
    const broken = (): Response =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('broke')) }));
    const answers = endpoints({ authorize: broken, report: (error) => reported.push(error) });
    const served: Promise<void>[] = [];
    const url = await listen((request, response) => void served.push(answers.node(request, response)));

    await expect(fetch(url, { method: 'POST' })).rejects.toThrow();
    await expect(served[0]).resolves.toBeUndefined();
    expect(reported).toEqual([new Error('broke')]);
  });

  it('slows down for a client that reads nothing, and drops it', async () => {
    const count = 20_000;
    const long = Array.from({ length: count }, (): Delta => ({ type: 'other', name: 'x', raw: 'y'.repeat(1_000) }));
    const log = memoryLog();
    const answers = endpoints({ start: () => from(long), stallMs: 300 }, log);
    const ended: boolean[] = [];
    const url = new URL(
      await listen((request, response) => {
        void answers.node(request, response).then(() => ended.push(response.writableFinished));
      }),
    );
    const socket = connect(Number(url.port), url.hostname);
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('POST / HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\n\r\n');
    while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));

    expect(ended).toEqual([false]);
    expect(await all(fromRelay(`${url.origin}/k`))).toHaveLength(count);
  });
});
