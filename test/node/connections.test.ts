import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';

import { lastValueFrom, toArray } from 'rxjs';
import { fromHttp, streamCompletion, streamDeltas } from 'rxllm';
import { createNodeFetch } from 'rxllm/node';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { ending, expectNothingUncaught, httpServer, provider, tcpServer, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };
const text = 'One, two, three';
const whole = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: 1\n\n';

/** Answers each request on a connection with `reply`, which is told how many there were on it. */
const rawServer = (reply: (socket: Socket, count: number, connection: number) => void) => {
  let connections = 0;
  return tcpServer((socket) => {
    connections += 1;
    const connection = connections;
    let count = 0;
    socket.on('data', () => {
      count += 1;
      reply(socket, count, connection);
    });
  });
};

describe('the connections of nodeFetch', () => {
  it('carry 300 answers at once, and are closed when they were idle for long enough', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [{ deltas: answer({ text }), frameMs: 5 }] });
    const fetch = createNodeFetch({ idleSocketMs: 300 });
    const options = { baseUrl: baseUrl(openAiChat), body, fetch };
    const answers = Array.from({ length: 300 }, () => lastValueFrom(streamCompletion(openAiChat, options)));
    for (const completion of await Promise.all(answers)) expect(completion).toMatchObject({ text, ended: true });

    expect(requests).toHaveLength(300);
    expect(requests.every(({ endedBy }) => endedBy === 'server')).toBe(true);
    await until(() => openSockets() === 0, 'the close', 5_000);
  }, 20_000);

  it('leave no listener behind on a signal', async () => {
    const { origin } = await httpServer((_, response) => response.end('a'));
    const fetch = createNodeFetch();
    const { signal } = new AbortController();
    for (let round = 0; round < 20; round += 1) await (await fetch(origin, { signal })).text();

    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('stay whole when a signal aborts after the body has ended', async () => {
    const { origin, openSockets } = await httpServer((_, response) => response.end('a'));
    const fetch = createNodeFetch();
    for (let round = 0; round < 3; round += 1) {
      const leave = new AbortController();
      await (await fetch(origin, { signal: leave.signal })).text();
      leave.abort();
    }

    expect(openSockets()).toBe(1);
  });

  it.each([
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
    ['is closed', (socket: Socket) => socket.end()],
  ])('end in a NetworkError, which a retry heals, when one that was kept %s as the request comes', async (_, close) => {
    const { origin } = await rawServer((socket, count, connection) => {
      if (connection > 1 || count === 1) socket.write(whole);
      else close(socket);
    });
    const fetch = createNodeFetch();
    const bytes$ = fromHttp(openAiChat.request({ baseUrl: origin, body, fetch }));
    await lastValueFrom(bytes$);

    expect((await ending(bytes$)).error).toMatchObject({
      _tag: 'NetworkError',
      phase: 'connect',
      code: 'ECONNRESET',
      isRetryable: true,
    });
    expect(Buffer.concat(await lastValueFrom(bytes$.pipe(toArray()))).toString()).toBe('data: 1\n\n');
  });

  it('are sent the request again by retry', async () => {
    const { baseUrl, requests } = await provider({
      replies: [{ fault: { kind: 'cut', afterBytes: 0, with: 'rst' } }, { deltas: answer({ text }) }],
    });
    const fetch = createNodeFetch();
    const options = { baseUrl: baseUrl(openAiChat), body, fetch, retry: { firstDelayMs: 1 } };
    const deltas = await lastValueFrom(streamDeltas(openAiChat, options).pipe(toArray()));

    expect(deltas.map(({ type }) => type)).toEqual(expect.arrayContaining(['retry', 'end']));
    expect(requests).toHaveLength(2);
  });

  it('are not used again when something came that nobody asked for', async () => {
    const { origin } = await rawServer((socket, _, connection) => {
      socket.write(whole.replace('data: 1', `data: ${connection}`));
      // What somebody would have taken for the answer to the next request.
      setTimeout(() => socket.write(whole.replace('data: 1', 'data: x')), 20);
    });
    const fetch = createNodeFetch();

    expect(await (await fetch(origin)).text()).toBe('data: 1\n\n');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await (await fetch(origin)).text()).toBe('data: 2\n\n');
  });

  it('carry an answer whole, and are not used again, when more follows than its length says', async () => {
    const { origin } = await rawServer((socket, _, connection) => {
      socket.write(`${whole.replace('data: 1', `data: ${connection}`)}surplus`);
    });
    const fetch = createNodeFetch();

    expect(await (await fetch(origin)).text()).toBe('data: 1\n\n');
    expect(await (await fetch(origin)).text()).toBe('data: 2\n\n');
  });

  it('go on after a body that had to wait for its reader', async () => {
    const large = Buffer.alloc(1_000_000, 'a');
    const { origin, openSockets } = await httpServer((_, response) => response.end(large));
    const fetch = createNodeFetch();
    for (let round = 0; round < 3; round += 1) {
      const response = await fetch(origin);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect((await response.text()).length).toBe(large.length);
    }

    expect(openSockets()).toBe(1);
  });

  it('pass over what comes before the head', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
    const { origin } = await rawServer((socket) => socket.write(early + whole));

    const response = await createNodeFetch()(origin);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('data: 1\n\n');
  });

  it.each([
    ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: a\r\nconnection: upgrade\r\n\r\n'],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ],
    ['headers without an end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(100_000)}`],
  ])('end in a NetworkError after %s', async (_, bytes) => {
    const { origin, openSockets } = await rawServer((socket) => socket.write(bytes));
    const request = openAiChat.request({ baseUrl: origin, body, fetch: createNodeFetch() });

    expect((await ending(fromHttp(request))).error).toMatchObject({ _tag: 'NetworkError', isRetryable: true });
    await until(() => openSockets() === 0, 'the close');
  });

  it.each([
    ['name', { 'x-a\r\nx-b': '1' }],
    ['value', { 'x-a': '1\r\nx-b: 2' }],
  ])('carry no header that hides in a %s', async (what, headers) => {
    const { origin, openSockets } = await httpServer((_request, response) => response.end());

    await expect(createNodeFetch()(origin, { headers })).rejects.toThrow(`invalid header ${what}`);
    expect(openSockets()).toBe(0);
  });

  it('have a bound that is a duration', () => {
    expect(() => createNodeFetch({ idleSocketMs: -1 })).toThrow('idleSocketMs');
  });
});
