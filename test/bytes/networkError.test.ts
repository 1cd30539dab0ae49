import type { Socket } from 'node:net';

import { fromHttp, NetworkError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import {
  closedOrigin,
  ending,
  expectNothingUncaught,
  failure,
  httpServer,
  provider,
  tcpServer,
  until,
} from '../support/provider.ts';

expectNothingUncaught();

const bytesFrom = (baseUrl: string, fetch?: typeof globalThis.fetch) =>
  fromHttp(openAiChat.request({ baseUrl, body: { model: 'm', messages: [] }, fetch }));

const deltas = answer({ text: 'To be, or not to be, that is the question' });

describe('fromHttp before the headers', () => {
  it('says that nothing listens', async () => {
    const origin = await closedOrigin();
    const error = await failure(bytesFrom(`${origin}/v1`));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      _tag: 'NetworkError',
      code: 'ECONNREFUSED',
      phase: 'connect',
      isRetryable: true,
      url: `${origin}/v1/chat/completions`,
    });
    expect((error as Error).message).toBe(
      `cannot reach ${origin}/v1/chat/completions (ECONNREFUSED: nothing listens there: is the server running, and is baseUrl right?)`,
    );
  });

  it('says so too for a name with several addresses', async () => {
    const { port } = new URL(await closedOrigin());

    expect(await failure(bytesFrom(`http://localhost:${port}`))).toMatchObject({
      _tag: 'NetworkError',
      code: 'ECONNREFUSED',
      phase: 'connect',
    });
  });

  it('says that the host is not known', async () => {
    const error = await failure(bytesFrom('http://no-such-host.invalid/v1'));

    expect(error).toMatchObject({ _tag: 'NetworkError', phase: 'connect', isRetryable: true });
    // The second is what a machine without a network says.
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain((error as NetworkError).code);
  });

  const endings: readonly (readonly [how: string, act: (socket: Socket) => void, code: string])[] = [
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['closes the connection', (socket) => socket.end(), 'UND_ERR_SOCKET'],
    ['breaks off within the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'), 'UND_ERR_SOCKET'],
  ];

  it.each(endings)('tells of a server that %s', async (_, act, code) => {
    const { origin, openSockets } = await tcpServer((socket) => socket.once('data', () => act(socket)));

    expect(await failure(bytesFrom(origin))).toMatchObject({ _tag: 'NetworkError', code, phase: 'connect' });
    await until(() => openSockets() === 0);
  });

  it('tells of a server that does not speak HTTP', async () => {
    const { origin, openSockets } = await tcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));

    expect(await failure(bytesFrom(origin))).toMatchObject({ _tag: 'NetworkError', phase: 'connect' });
    await until(() => openSockets() === 0);
  });

  it('tells of a fetch that rejects or throws, and keeps what it said as the cause', async () => {
    const cause = Object.assign(new TypeError('offline'), { code: 'EOFFLINE' });
    const expected = { _tag: 'NetworkError', code: 'EOFFLINE', phase: 'connect', cause };

    expect(await failure(bytesFrom('http://a.test', () => Promise.reject(cause)))).toMatchObject(expected);
    expect(
      await failure(
        bytesFrom('http://a.test', () => {
          throw cause;
        }),
      ),
    ).toMatchObject(expected);
  });
});

describe('fromHttp within the body', () => {
  const cuts: readonly (readonly [how: string, reply: Reply, code: string])[] = [
    ['a reset', { deltas, fault: { kind: 'cut', afterBytes: 300, with: 'rst' } }, 'ECONNRESET'],
    [
      'a close in the middle of a chunked body',
      { deltas, fault: { kind: 'cut', afterBytes: 300, with: 'fin' }, transfer: 'chunked' },
      'UND_ERR_SOCKET',
    ],
  ];

  describe.each(cuts)('%s', (_, reply, code) => {
    it('is a NetworkError over a socket', async () => {
      const { baseUrl, openSockets } = await provider({ replies: [reply] });
      const url = baseUrl(openAiChat);

      const { error } = await ending(bytesFrom(url));

      expect(error).toMatchObject({
        _tag: 'NetworkError',
        code,
        phase: 'body',
        isRetryable: true,
        url: `${url}/chat/completions`,
      });
      await until(() => openSockets() === 0);
    });

    it('is the same without one', async () => {
      const { fetch } = await provider({ replies: [reply] });
      const { values, error } = await ending(bytesFrom('http://a.test/v1', fetch));

      expect(error).toMatchObject({ _tag: 'NetworkError', code, phase: 'body' });
      expect(Buffer.concat(values)).toHaveLength(300);
    });
  });

  it('gives what came before a close that looks like the end of the body, and completes', async () => {
    const fault = { kind: 'cut', afterBytes: 300, with: 'fin' } as const;
    const { baseUrl } = await provider({ replies: [{ deltas, fault }] });
    const { values, error } = await ending(bytesFrom(baseUrl(openAiChat)));

    expect(error).toBeUndefined();
    expect(Buffer.concat(values)).toHaveLength(300);
  });

  it('gives what was read before a reset', async () => {
    const { origin } = await httpServer((_, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: 1\n\n');
      setTimeout(() => response.socket?.resetAndDestroy(), 30);
    });
    const { values, error } = await ending(bytesFrom(origin));

    expect(Buffer.concat(values).toString()).toBe('data: 1\n\n');
    expect(error).toMatchObject({ code: 'ECONNRESET', phase: 'body' });
  });

  it('tells of a body that is shorter than was said', async () => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': '100' });
      response.write('data: 1\n\n', () => response.socket?.end());
    });

    expect(await failure(bytesFrom(origin))).toMatchObject({ _tag: 'NetworkError', phase: 'body' });
  });

  it('tells of a packed body that cannot be unpacked', async () => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      response.end('data: 1\n\n');
    });

    expect(await failure(bytesFrom(origin))).toMatchObject({ _tag: 'NetworkError', phase: 'body' });
  });
});
