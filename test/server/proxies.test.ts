import { serve as serveHono } from '@hono/node-server';
import compression from 'compression';
import express from 'express';
import { Hono } from 'hono';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { concat, from, NEVER, type Observable, Subject } from 'rxjs';
import type { Delta } from 'rxllm';
import { type Cursor, type LogReader, memoryLog } from 'rxllm/log';
import { encodeDeltas, pipeToResponse, relay, type SinkOptions, toResponse } from 'rxllm/server';

import { eventStream } from '../support/eventStream.ts';
import { describeWithNginx, launchNginx, type NginxOptions } from '../support/nginx.ts';
import { chunked, portOf, rawClient, type RawClient, type RawRequest, serveWith, sleep } from '../support/rawClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const other = (name: string, chars = 1): Delta => ({ type: 'other', name, raw: 'x'.repeat(chars) });
const bulk = (count: number): Delta[] => Array.from({ length: count }, (_, at) => other(String(at), 1_000));
const namesIn = (client: RawClient): readonly string[] =>
  eventStream(chunked(client.text()).body).events.flatMap(({ type, data }) =>
    type === 'message' ? [(JSON.parse(data) as { name: string }).name] : [],
  );
const client = (port: number, request?: RawRequest): RawClient => {
  const made = rawClient(port, request);
  closing.push(() => made.socket.destroy());
  return made;
};

/** A log, and every reader that is opened of it. */
const readersOf = async (source: Observable<Delta>) => {
  const log = memoryLog();
  await log.start('a', source);
  const readers: LogReader<Delta>[] = [];
  const open = async (cursor: unknown): Promise<LogReader<Delta>> => {
    const reader = await log.open('a', cursor as Cursor | undefined);
    readers.push(reader);
    return reader;
  };
  return { open, readers };
};

describe('Express with compression', () => {
  const serve = async (source: Observable<Delta>, options: SinkOptions = {}): Promise<number> => {
    const { open } = await readersOf(source);
    const app = express().use(compression({ threshold: 0 }));
    app.get('/', async (request, response) => {
      await pipeToResponse(await open(request.get('last-event-id')), response, encodeDeltas(), options);
    });
    app.get('/once', relay(from(bulk(1)), encodeDeltas()));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return portOf(server);
  };
  const headers = { 'accept-encoding': 'gzip, br' };

  it('sends each piece at once, as it is', async () => {
    const deltas = new Subject<Delta>();
    const one = client(await serve(deltas), { headers });
    await one.until(/: \n\n/);
    for (const name of ['one', 'two', 'three']) {
      deltas.next(other(name));
      await one.until(new RegExp(`"${name}"`));
    }
    deltas.complete();

    expect(await one.until(/"complete"/)).not.toMatch(/content-encoding/i);
  });

  it('goes on when a slow client takes more, and drops one that takes nothing', async () => {
    const port = await serve(from(bulk(12_000)), { stallMs: 500 });
    const slow = client(port, { headers, isPaused: true });
    await sleep(200);
    slow.socket.resume();
    await slow.until(/"complete"/);
    const still = client(port, { headers, isPaused: true });
    await sleep(1_000);
    still.socket.resume();

    expect(namesIn(slow)).toHaveLength(12_000);
    expect(await still.ended).toBe('reset');
  });

  it('takes a one-off for a handler', async () => {
    const response = await fetch(`http://127.0.0.1:${await serve(NEVER)}/once`);

    expect(eventStream(await response.text()).events).toHaveLength(2);
  });
});

describe('Hono on Node', () => {
  const serve = async (source: Observable<Delta>, options: SinkOptions = {}) => {
    const { open, readers } = await readersOf(source);
    const app = new Hono();
    app.get('/', async (c) => toResponse(await open(c.req.header('last-event-id')), encodeDeltas(), options));
    const server = serveHono({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server;
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: portOf(server), readers };
  };

  it('sends each piece at once, and the end', async () => {
    const deltas = new Subject<Delta>();
    const { port } = await serve(deltas);
    const one = client(port);
    await one.until(/: \n\n/);
    deltas.next(other('one'));
    await one.until(/"one"/);
    deltas.complete();
    await one.until(/"complete"/);
    await one.until(/\r\n0\r\n\r\n/);
  });

  it('lets go of the reader when its client leaves', async () => {
    const { port, readers } = await serve(NEVER);
    const one = client(port);
    await one.until(/: \n\n/);
    one.socket.destroy();
    await sleep(50);

    expect(readers.map(({ isDone }) => isDone)).toEqual([true]);
  });

  it('lets go of the reader in time where the head is asked for alone', async () => {
    const { port, readers } = await serve(NEVER, { stallMs: 50 });
    await fetch(`http://127.0.0.1:${port}`, { method: 'HEAD' });
    await sleep(120);

    expect(readers.map(({ isDone }) => isDone)).toEqual([true]);
  });

  it('reads of the log what a slow client reads, and drops one that reads nothing without an end', async () => {
    // It prints the error of a body.
    const { error } = console;
    console.error = () => undefined;
    closing.push(() => (console.error = error));
    const { port, readers } = await serve(from(bulk(20_000)), { stallMs: 300 });
    const still = client(port, { isPaused: true });
    await sleep(200);

    expect(readers[0]?.lag).toBeGreaterThan(5_000);
    await sleep(400);
    still.socket.resume();
    await still.ended;
    expect(readers[0]?.isDone).toBe(true);
    expect(chunked(still.text()).isWhole).toBe(false);
  });
});

describeWithNginx('nginx', () => {
  const serve = async (source: Observable<Delta>, nginx: NginxOptions = {}, options: SinkOptions = {}) => {
    const { open, readers } = await readersOf(source);
    const backend = await serveWith((request, response) => {
      void open(request.headers['last-event-id']).then((reader) =>
        pipeToResponse(reader, response, encodeDeltas(), options),
      );
    });
    closing.push(backend.close);
    const { port, stop } = await launchNginx(backend.port, nginx);
    closing.push(stop);
    return { port, readers };
  };

  it('sends each piece at once, as it was installed', async () => {
    const deltas = new Subject<Delta>();
    const { port } = await serve(deltas);
    const one = client(port);
    await one.until(/: \n\n/);
    deltas.next(other('one'));
    await one.until(/"one"/);
    deltas.complete();
    await one.until(/"complete"[^]*\r\n0\r\n\r\n/);
  });

  it('sends each piece at once where it compresses', async () => {
    const deltas = new Subject<Delta>();
    const http = 'gzip on; gzip_types text/event-stream; gzip_min_length 0; gzip_proxied any;';
    const { port } = await serve(deltas, { http, location: 'proxy_http_version 1.1;' });
    const response = await fetch(`http://127.0.0.1:${port}`);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = '';
    const until = async (what: string): Promise<void> => {
      while (!text.includes(what)) text += decoder.decode((await reader?.read())?.value);
    };
    deltas.next(other('one'));
    await until('"one"');
    deltas.next(other('two'));
    await until('"two"');
    deltas.complete();
    await until('"complete"');

    expect(response.headers.get('content-encoding')).toBe('gzip');
  });

  it.each(['1.0', '1.1'])('passes on a cut as a cut, though it speaks HTTP/%s to the server', async (version) => {
    const { port, readers } = await serve(concat(from(bulk(2)), NEVER), { location: `proxy_http_version ${version};` });
    const one = client(port);
    await one.until(/"name":"1"/);
    readers[0]?.close();
    await one.ended;

    expect(chunked(one.text())).toMatchObject({ isWhole: false });
    expect(one.text()).not.toContain('"state"');
  });

  it('keeps an answer that is silent for longer than its timeout, by the heartbeats', async () => {
    const deltas = new Subject<Delta>();
    const { port } = await serve(deltas, { location: 'proxy_read_timeout 1s;' }, { heartbeatMs: 400 });
    const one = client(port);
    await one.until(/: \n\n/);
    await sleep(1_600);
    deltas.complete();

    expect(await one.until(/"complete"/)).toMatch(/(: \n[^]*){3}/);
  });

  it('tells the server that a client has left', async () => {
    const { port, readers } = await serve(NEVER);
    const one = client(port);
    await one.until(/: \n\n/);
    one.socket.destroy();
    for (let time = 0; time < 100 && readers[0]?.isDone !== true; time += 1) await sleep(10);

    expect(readers[0]?.isDone).toBe(true);
  });
});
