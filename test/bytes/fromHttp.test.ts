import { createGzip } from 'node:zlib';

import { lastValueFrom, type Observable, reduce, take } from 'rxjs';
import { fromHttp, streamCompletion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { ending, expectNothingUncaught, failure, httpServer, provider, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const deltas = answer({ text: 'To be, or not to be, that is the question' });

const textOf = (bytes$: Observable<Uint8Array>): Promise<string> => {
  const utf8 = new TextDecoder();
  return lastValueFrom(bytes$.pipe(reduce((text, bytes) => text + utf8.decode(bytes, { stream: true }), '')));
};

const bytesFrom = (baseUrl: string, fetch?: typeof globalThis.fetch): Observable<Uint8Array> =>
  fromHttp(openAiChat.request({ baseUrl, body, fetch }));

/** A `fetch` that was written without a thought for signals. */
const deafFetch: typeof fetch = (input, init) => {
  const { signal: _, ...rest } = init ?? {};
  return fetch(input, rest);
};

describe('fromHttp', () => {
  it('sends nothing until it is subscribed to, then one request for each subscription', async () => {
    const { baseUrl, requests } = await provider();
    const bytes$ = bytesFrom(baseUrl(openAiChat));

    await new Promise(setImmediate);
    expect(requests).toHaveLength(0);

    const [first, second] = await Promise.all([textOf(bytes$), textOf(bytes$)]);
    expect(requests).toHaveLength(2);
    expect(first.replaceAll(/"created":\d+/g, '')).toBe(second.replaceAll(/"created":\d+/g, ''));
  });

  it('gives the bytes of the body as they came, and completes when the response ends', async () => {
    const { baseUrl } = await provider({ replies: [{ bytes: 'data: é\r\n\r\n: 漢\r', writeBytes: 1 }] });

    expect(await textOf(bytesFrom(baseUrl(openAiChat)))).toBe('data: é\r\n\r\n: 漢\r');
  });

  it('posts the body as JSON and asks a chat server for a stream with usage', async () => {
    const { baseUrl, requests } = await provider();
    await ending(bytesFrom(baseUrl(openAiChat)));

    expect(requests[0]).toMatchObject({
      dialect: 'openai-chat',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: { ...body, stream: true, stream_options: { include_usage: true } },
    });
  });

  it('sends the stream options that are given, and a stream in any case', async () => {
    const { baseUrl, requests } = await provider();
    const options = { include_obfuscation: false };
    await ending(
      fromHttp(
        openAiChat.request({
          baseUrl: baseUrl(openAiChat),
          body: { ...body, stream: false, stream_options: options },
        }),
      ),
    );

    expect(requests[0]?.body).toEqual({ ...body, stream: true, stream_options: options });
  });

  it('posts the body as JSON and names the version to a messages server', async () => {
    const { baseUrl, requests } = await provider();
    const request = { ...body, max_tokens: 9 };
    await ending(fromHttp(anthropicMessages.request({ baseUrl: baseUrl(anthropicMessages), body: request })));

    expect(requests[0]).toMatchObject({
      dialect: 'anthropic-messages',
      headers: { 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: { ...request, stream: true },
    });
  });

  it.each(['text/event-stream', 'Text/Event-Stream; charset=utf-8', 'text/plain', 'application/octet-stream', ''])(
    'takes a body whose content type is "%s"',
    async (contentType) => {
      const { origin } = await httpServer((_, response) => {
        if (contentType !== '') response.setHeader('content-type', contentType);
        response.end('data: 1\n\n');
      });

      expect(await textOf(bytesFrom(origin))).toBe('data: 1\n\n');
    },
  );

  it('unpacks a body that was packed on the way, piece by piece', async () => {
    const { origin } = await httpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const packed = createGzip();
      packed.pipe(response);
      packed.write('data: 1\n\n');
      packed.flush(() => packed.end('data: 2\n\n'));
    });
    const { values } = await ending(bytesFrom(origin));

    expect(Buffer.concat(values).toString()).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('completes without a value when a response has no body', async () => {
    const { origin } = await httpServer((_, response) => response.writeHead(204).end());

    expect(await ending(bytesFrom(origin))).toEqual({ values: [], error: undefined });
  });

  it('takes a body from a fetch that was handed in', async () => {
    const { fetch } = await provider({ replies: [{ bytes: 'data: 1\n\n' }] });

    expect(await textOf(bytesFrom('http://nowhere.invalid/v1', fetch))).toBe('data: 1\n\n');
  });
});

describe('leaving fromHttp', () => {
  const stall: Reply = { deltas, fault: { kind: 'stall', afterBytes: 300 } };

  const places: readonly (readonly [where: string, reply: Reply, take: number])[] = [
    ['before the headers', { deltas, headMs: 60_000 }, 0],
    ['before the first byte', { deltas, firstFrameMs: 60_000 }, 0],
    ['at the first bytes', { deltas, frameMs: 60_000 }, 1],
    ['between two reads', stall, 1],
    ['while heartbeats come', { deltas, fault: { kind: 'heartbeats', afterBytes: 0, everyMs: 5 } }, 2],
    ['while the body of an error stalls', { ...stall, status: 500, bytes: ' '.repeat(400) }, 0],
    ['while the body of another type stalls', { ...stall, headers: { 'content-type': 'text/html' } }, 0],
  ];

  const ways: readonly (readonly [how: string, fetch: typeof fetch | undefined])[] = [
    ['closes the socket', undefined],
    ['closes the socket of a fetch that ignores its signal', deafFetch],
  ];

  describe.each(ways)('%s', (_, fetch) => {
    // Before its headers, a fetch that ignores the signal has nothing that could be closed.
    const rows = places.filter(([where]) => fetch === undefined || where !== 'before the headers');

    it.each(rows)('%s', async (where, reply, count) => {
      const { baseUrl, requests, openSockets } = await provider({ replies: [reply] });
      let reads = 0;
      const subscription = bytesFrom(baseUrl(openAiChat), fetch).subscribe(() => (reads += 1));
      await until(() => requests.length === 1 && reads >= count, `reading ${where}`);
      // An answer that is under way when the consumer leaves must find its way back, too.
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 20));

      subscription.unsubscribe();

      await until(() => openSockets() === 0, 'the close', 500);
      expect(requests[0]?.endedBy).toBe('client');
    });
  });

  it('leaves no clock running when a read was on its way', async () => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) });
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = (): Promise<Response> => Promise.resolve(new Response(stream, { headers }));
    const subscription = bytesFrom('http://fake.test/v1', fetch).subscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();

    body?.enqueue(new Uint8Array(3));
    subscription.unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));

    expect(timers()).toBeLessThan(before);
  });

  it('closes the socket once the headers come, of a fetch that ignores its signal', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [{ ...stall, headMs: 60 }] });
    const subscription = bytesFrom(baseUrl(openAiChat), deafFetch).subscribe();
    await until(() => requests.length === 1);

    subscription.unsubscribe();

    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 560);
  });

  it('closes the socket as soon as take(1) is content', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [stall] });

    await lastValueFrom(bytesFrom(baseUrl(openAiChat)).pipe(take(1)));

    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
  });

  it('closes the socket at the marker, although the server keeps the connection open', async () => {
    const size = (await textOf(bytesFrom((await provider({ replies: [{ deltas }] })).baseUrl(openAiChat)))).length;
    const { baseUrl, requests, openSockets } = await provider({
      replies: [{ deltas, fault: { kind: 'stall', afterBytes: size } }],
    });

    const completion = await lastValueFrom(streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body }));

    expect(completion).toMatchObject({ ended: true, finishReason: 'stop' });
    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
  });

  it('sends no request when the consumer leaves at once, or while the key is fetched', async () => {
    const { baseUrl, requests } = await provider();
    const request = (apiKey?: () => Promise<string>) =>
      fromHttp(openAiChat.request({ baseUrl: baseUrl(openAiChat), body, ...(apiKey && { apiKey }) }));
    let giveKey = (_key: string): void => undefined;

    request().subscribe().unsubscribe();
    const waiting = request(() => new Promise((resolve) => (giveKey = resolve))).subscribe();
    await new Promise(setImmediate);
    waiting.unsubscribe();
    giveKey('sk-late');
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(requests).toHaveLength(0);
  });

  it('does not disturb another subscription', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ deltas, frameMs: 5 }] });
    const bytes$ = bytesFrom(baseUrl(openAiChat));

    const [, whole] = await Promise.all([lastValueFrom(bytes$.pipe(take(1))), textOf(bytes$)]);

    expect(whole).toContain('[DONE]');
    expect(requests.map(({ endedBy }) => endedBy).sort()).toEqual(['client', 'server']);
  });

  it('is done when the consumer is thrown out by its own error', async () => {
    const { baseUrl, openSockets } = await provider({ replies: [stall] });
    const mine = new Error('mine');
    const bytes$ = bytesFrom(baseUrl(openAiChat)).pipe(
      reduce(() => {
        throw mine;
      }, 0),
    );

    expect(await failure(bytes$)).toBe(mine);
    await until(() => openSockets() === 0, 'the close', 500);
  });

  it('leaves no connection behind after 200 answers in a row and 50 at once', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [{ deltas }] });
    const texts = async (count: number): Promise<readonly string[]> => {
      const options = { baseUrl: baseUrl(openAiChat), body };
      const each = Array.from({ length: count }, () => lastValueFrom(streamCompletion(openAiChat, options)));
      return (await Promise.all(each)).map(({ text }) => text);
    };

    const whole = 'To be, or not to be, that is the question';
    for (let round = 0; round < 200; round += 1) expect(await texts(1)).toEqual([whole]);
    // The runtime keeps a connection or two to be used again.
    expect(openSockets()).toBeLessThan(5);
    expect(await texts(50)).toEqual(Array.from({ length: 50 }, () => whole));

    expect(requests).toHaveLength(250);
    await until(() => openSockets() === 0, 'the close of idle connections', 8_000);
  }, 20_000);

  it('ends every one of 100 requests whose consumers leave in the middle', async () => {
    const { baseUrl, requests } = await provider({ replies: [stall] });
    const bytes$ = bytesFrom(baseUrl(openAiChat)).pipe(take(1));

    await Promise.all(Array.from({ length: 100 }, () => lastValueFrom(bytes$)));

    // Not counted in sockets: the runtime opens idle ones in place of those that it had to close.
    await until(() => requests.every(({ endedBy }) => endedBy === 'client'), 'the close', 500);
    expect(requests).toHaveLength(100);
  });
});
