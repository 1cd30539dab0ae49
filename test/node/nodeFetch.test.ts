import { createBrotliCompress, createDeflate, createGzip, gzipSync } from 'node:zlib';

import { lastValueFrom, type Observable, reduce, take } from 'rxjs';
import { fromHttp, streamCompletion } from 'rxllm';
import { nodeFetch } from 'rxllm/node';
import { openAiChat } from 'rxllm/openai';
import { answer, recordFrames, type Reply, replayFrames } from 'rxllm/testing';

import { isPushedBody } from '../../src/bytes/PushedBody.ts';
import {
  closedOrigin,
  ending,
  expectNothingUncaught,
  httpServer,
  provider,
  tcpServer,
  until,
} from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const text = 'To be, or not to be, that is the question é 漢 🙂';
const deltas = answer({ text });
const stall: Reply = { deltas, fault: { kind: 'stall', afterBytes: 300 } };

const requestOf = (baseUrl: string) => openAiChat.request({ baseUrl, body, fetch: nodeFetch });
const bytesFrom = (baseUrl: string): Observable<Uint8Array> => fromHttp(requestOf(baseUrl));
const textOf = (bytes$: Observable<Uint8Array>): Promise<string> =>
  lastValueFrom(bytes$.pipe(reduce((all, bytes) => Buffer.concat([all, bytes]), Buffer.alloc(0)))).then(String);

describe('nodeFetch', () => {
  it.each([1, 2, 3, 7, 4_096])('gives an answer that is cut every %s bytes as fetch does', async (writeBytes) => {
    const { baseUrl, requests } = await provider({ replies: [{ deltas, writeBytes }] });
    const options = { baseUrl: baseUrl(openAiChat), body, apiKey: 'sk-1' };
    const own = await lastValueFrom(streamCompletion(openAiChat, { ...options, fetch: nodeFetch }));
    const theirs = await lastValueFrom(streamCompletion(openAiChat, options));

    expect({ ...own, id: theirs.id }).toEqual(theirs);
    expect(own.text).toBe(text);
    expect(requests[0]?.body).toEqual(requests[1]?.body);
    expect(requests[0]?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer sk-1' });
  });

  it('gives the same to whoever asks for each read', async () => {
    const { baseUrl } = await provider({ replies: [{ bytes: 'data: é\n\n'.repeat(20), writeBytes: 1 }] });
    const request = { ...requestOf(baseUrl(openAiChat)), readWhen: () => new Promise<void>(setImmediate) };

    expect(await textOf(fromHttp(request))).toBe('data: é\n\n'.repeat(20));
  });

  it('slows the server down when nobody reads', async () => {
    let written = 0;
    const slice = Buffer.alloc(65_536, 'a');
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const write = (): void => {
        do written += slice.length;
        while (written < 500 * slice.length && response.write(slice));
        response.once('drain', write);
      };
      write();
    });
    const response = await nodeFetch(origin);
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(written).toBeLessThan(400 * slice.length);
    await response.body?.cancel();
  });

  it.each([
    ['gzip', createGzip],
    ['deflate', createDeflate],
    ['br', createBrotliCompress],
  ])('undoes %s, piece by piece', async (coding, create) => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      const packed = create();
      packed.pipe(response);
      packed.write('data: 1\n\n');
      packed.flush(() => setTimeout(() => packed.end('data: 2\n\n'), 20));
    });
    const { values, error } = await ending(bytesFrom(origin));

    expect(error).toBeUndefined();
    expect(values.length).toBeGreaterThan(1);
    expect(Buffer.concat(values).toString()).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('reports a packing that it does not know', async () => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'rot13' }).end('qngn');
    });

    expect((await ending(bytesFrom(origin))).error).toMatchObject({ _tag: 'NetworkError', phase: 'body' });
  });

  it('has status, headers, text and JSON as a response has', async () => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(404, { 'x-a': ['1', '2'] }).end('{"a":"é"}');
    });
    const response = await nodeFetch(new URL(origin), { headers: [['x-b', '1']] });

    expect(response).toMatchObject({ status: 404, ok: false, statusText: 'Not Found', url: `${origin}/` });
    expect(response.headers.get('x-a')).toBe('1, 2');
    expect(await response.json()).toEqual({ a: 'é' });
  });

  it('has no body where there is none', async () => {
    const { origin } = await httpServer((_, response) => response.writeHead(204).end());

    expect(await ending(bytesFrom(origin))).toEqual({ values: [], error: undefined });
  });

  it('follows no redirect', async () => {
    const { origin } = await httpServer((_, response) => response.writeHead(307, { location: '/b' }).end());

    await expect(nodeFetch(origin)).rejects.toThrow('nodeFetch follows no redirects; the server answered 307');
    expect((await ending(bytesFrom(origin))).error).toMatchObject({ _tag: 'HttpError', status: 307 });
  });

  it.each([
    ['another protocol', 'ftp://a.test/', {}, 'speaks http and https'],
    ['credentials in an address', 'http://me:secret@a.test/', {}, 'holds credentials'],
    ['a Request', new Request('http://a.test/'), {}, 'takes an address'],
    ['a form', 'http://a.test/', { body: new FormData() }, 'text or bytes'],
    ['no address', 'a.test', {}, 'Invalid URL'],
  ])('refuses %s by a rejection', async (_, input, init, message) => {
    await expect(nodeFetch(input, init)).rejects.toThrow(message);
  });

  it('says who it is as fetch does, unless told otherwise', async () => {
    const { baseUrl, requests } = await provider();
    const url = `${baseUrl(openAiChat)}/a`;
    for (const headers of [{}, { 'User-Agent': 'me', Accept: 'text/html' }]) {
      for (const send of [nodeFetch, fetch]) await (await send(url, { headers })).text();
    }
    const told = requests.map(({ headers }) => [headers['user-agent'], headers['accept']]);

    expect(told).toEqual([...Array(2).fill(['node', '*/*']), ...Array(2).fill(['me', 'text/html'])]);
  });

  it('can be recorded', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas }] });
    const lines: string[] = [];
    const ask = (fetch: typeof globalThis.fetch) =>
      lastValueFrom(streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body, fetch }));
    const recorded = await ask(recordFrames((line) => lines.push(line), { fetch: nodeFetch }));

    expect(recorded.text).toBe(text);
    expect(await ask(replayFrames(lines))).toEqual(recorded);
  });

  it('keeps a connection for the next request', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [{ deltas }] });
    for (let round = 0; round < 20; round += 1) await textOf(bytesFrom(baseUrl(openAiChat)));

    expect(requests).toHaveLength(20);
    expect(openSockets()).toBeLessThan(3);
    expect(requests.every(({ endedBy }) => endedBy === 'server')).toBe(true);
  });
});

describe('an error of nodeFetch', () => {
  it('is that of a connection that was refused', async () => {
    const { error } = await ending(bytesFrom(await closedOrigin()));

    expect(error).toMatchObject({ _tag: 'NetworkError', phase: 'connect', code: 'ECONNREFUSED', isRetryable: true });
  });

  it.each([
    ['before the head', '', 'connect'],
    ['in the body', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n', 'body'],
    ['in a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\ndata: 1\n\n', 'body'],
  ])('tells of a connection that broke %s, behind what came before', async (_, bytes, phase) => {
    const { origin } = await tcpServer((socket) => {
      socket.once('data', () => socket.end(bytes));
    });
    const { values, error } = await ending(bytesFrom(origin));

    expect(error).toMatchObject({ _tag: 'NetworkError', phase, code: 'ECONNRESET' });
    expect(Buffer.concat(values).toString()).toBe(phase === 'body' ? 'data: 1\n\n' : '');
  });
});

describe('leaving nodeFetch', () => {
  it.each<readonly [string, Reply, number]>([
    ['before the head', { deltas, headMs: 60_000 }, 0],
    ['before the first byte', { deltas, firstFrameMs: 60_000 }, 0],
    ['at the first bytes', { deltas, frameMs: 60_000 }, 1],
    ['between two reads', stall, 1],
    ['while the body of an error stalls', { ...stall, status: 500, bytes: ' '.repeat(400) }, 0],
  ])('closes the socket %s', async (where, reply, count) => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [reply] });
    let reads = 0;
    const subscription = bytesFrom(baseUrl(openAiChat)).subscribe(() => (reads += 1));
    await until(() => requests.length === 1 && reads >= count, `reading ${where}`);
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, 20));

    subscription.unsubscribe();

    await until(() => openSockets() === 0 && requests[0]?.endedBy === 'client', 'the close', 500);
  });

  it('closes the socket as soon as take(1) is content', async () => {
    const { baseUrl, openSockets } = await provider({ replies: [stall] });
    await lastValueFrom(bytesFrom(baseUrl(openAiChat)).pipe(take(1)));

    await until(() => openSockets() === 0, 'the close', 500);
  });

  it('pushes nothing more, though more is still to be unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(16_000_000, 'a'));
    const { origin, openSockets } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).write(packed);
    });
    const leave = new AbortController();
    const { body: pushed } = await nodeFetch(origin, { signal: leave.signal });
    if (!pushed || !isPushedBody(pushed)) throw new Error('there is no body that pushes');
    let late = 0;
    let begun = (): void => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    const told = pushed.push(() => {
      begun();
      if (leave.signal.aborted) late += 1;
    });
    await beginning;
    setTimeout(() => {
      leave.abort(new Error('enough'));
    });

    await expect(told).rejects.toThrow('enough');
    await until(() => openSockets() === 0, 'the close', 500);
    expect(late).toBe(0);
  });

  it('rejects with the reason of the signal, before it is sent, before the head and in the body', async () => {
    const reason = new Error('enough');
    await expect(nodeFetch('http://a.test', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const { origin, openSockets } = await httpServer(({ url }, response) => {
      if (url === '/body') response.write('a');
    });
    for (const path of ['/head', '/body']) {
      const leave = new AbortController();
      const told = nodeFetch(origin + path, { signal: leave.signal }).then((response) => response.text());
      setTimeout(() => {
        leave.abort(reason);
      }, 20);
      await expect(told).rejects.toBe(reason);
    }
    await until(() => openSockets() === 0, 'the close', 500);
  });
});
