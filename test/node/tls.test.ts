import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

import { lastValueFrom, take } from 'rxjs';
import { fromHttp, streamCompletion } from 'rxllm';
import { createNodeFetch, nodeFetch } from 'rxllm/node';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider } from 'rxllm/testing';

import { ending, expectNothingUncaught, until } from '../support/provider.ts';
import { describeWithOpenSsl, selfSigned, type SelfSigned } from './selfSigned.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };
const text = 'Grüße, 漢字';

describeWithOpenSsl('nodeFetch over TLS', () => {
  let pem: SelfSigned;
  let server: Server | undefined;
  const sockets = new Set<object>();

  beforeAll(() => {
    pem = selfSigned();
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    sockets.clear();
  });

  const serve = async (listener: RequestListener, options: ServerOptions = {}): Promise<string> => {
    server = createServer({ ...pem, ...options }, listener).listen(0, '127.0.0.1');
    server.on('secureConnection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  };

  const bytesOfAnswer = async (): Promise<Buffer> => {
    const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text }) }] });
    const response = await fetch('http://a.test/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ ...body, stream: true }),
    });
    return Buffer.from(await response.arrayBuffer());
  };

  it.each([1, 5, 4_096])('reads an answer in slices of %s bytes, and keeps the connection', async (sliceBytes) => {
    const bytes = await bytesOfAnswer();
    const baseUrl = await serve(({ method }, response) => {
      expect(method).toBe('POST');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let at = 0; at < bytes.length; at += sliceBytes) response.write(bytes.subarray(at, at + sliceBytes));
      response.end();
    });
    const fetch = createNodeFetch({ ca: pem.cert });
    for (let round = 0; round < 3; round += 1) {
      const completion = await lastValueFrom(streamCompletion(openAiChat, { baseUrl, body, fetch }));
      expect(completion).toMatchObject({ text, ended: true });
    }

    expect(sockets.size).toBe(1);
  });

  it('reads many answers at once, none of which gets what is another one’s', async () => {
    const baseUrl = await serve((request, response) => {
      const mark = String(request.headers['x-mark']);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let left = 50;
      const write = (): void => {
        left -= 1;
        if (left === 0) response.end();
        else response.write(mark.repeat(700), () => setImmediate(write));
      };
      write();
    });
    const fetch = createNodeFetch({ ca: [pem.cert] });
    const marks = Array.from({ length: 40 }, (_, at) => String.fromCharCode(0x41 + at));
    const read = await Promise.all(
      marks.map(async (mark) => (await fetch(baseUrl, { headers: { 'x-mark': mark } })).text()),
    );

    expect(read).toEqual(marks.map((mark) => mark.repeat(700 * 49)));
  });

  it('refuses a certificate that nobody vouches for, as a NetworkError with its code', async () => {
    const baseUrl = await serve(() => undefined);
    for (const fetch of [nodeFetch, globalThis.fetch]) {
      const { error } = await ending(streamCompletion(openAiChat, { baseUrl, body, fetch, retry: false }));
      expect(error).toMatchObject({ _tag: 'NetworkError', phase: 'connect', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    }
  });

  it('refuses a certificate for another name', async () => {
    const baseUrl = await serve(() => undefined);
    const fetch = createNodeFetch({ ca: pem.cert });
    const url = baseUrl.replace('127.0.0.1', 'localhost');
    const { error } = await ending(streamCompletion(openAiChat, { baseUrl: url, body, fetch, retry: false }));

    expect(error).toMatchObject({ _tag: 'NetworkError', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('shows a certificate of its own to a server that asks for one', async () => {
    const baseUrl = await serve((_, response) => response.end('in'), { ca: pem.cert, requestCert: true });

    expect(await (await createNodeFetch({ ca: pem.cert, ...pem })(baseUrl)).text()).toBe('in');
    await expect(createNodeFetch({ ca: pem.cert })(baseUrl).then((response) => response.text())).rejects.toThrow();
  });

  it('closes the socket when the reader leaves', async () => {
    const baseUrl = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const fetch = createNodeFetch({ ca: pem.cert });
    await lastValueFrom(fromHttp(openAiChat.request({ baseUrl, body, fetch })).pipe(take(1)));

    await until(() => sockets.size === 0, 'the close');
  });
});
