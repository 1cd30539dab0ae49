import { once } from 'node:events';
import { type ClientHttp2Stream, connect, constants, createServer, type Http2ServerResponse } from 'node:http2';
import { concat, EMPTY, from, NEVER, type Observable, of } from 'rxjs';
import type { Delta } from 'rxllm';
import { type Cursor, type LogReader, memoryLog } from 'rxllm/log';
import { encodeDeltas, type PipeEnd, pipeToResponse, relay, type SinkOptions } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { eventStream } from '../support/eventStream.ts';
import { portOf, sleep } from '../support/rawClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Heard {
  readonly stream: ClientHttp2Stream;
  readonly headers: Promise<Record<string, unknown>>;
  /** The body, once the stream is closed. */
  readonly body: Promise<string>;
  text(): string;
}

type Handler = (response: Http2ServerResponse, cursor: Cursor | undefined) => Promise<PipeEnd>;

/** A server that speaks HTTP/2 and warns of what it does not allow, and one client of it. */
const serve = async (handler: Handler) => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  closing.push(() => process.off('warning', onWarning));
  const ends: Promise<PipeEnd>[] = [];
  const server = createServer((request, response) => {
    ends.push(handler(response, request.headers['last-event-id'] as Cursor | undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const session = connect(`http://127.0.0.1:${portOf(server)}`);
  closing.push(() => {
    session.destroy();
  });
  const ask = (headers: Record<string, string> = {}, isPaused = false): Heard => {
    const stream = session.request({ ':path': '/', ...headers });
    let text = '';
    stream.setEncoding('utf8');
    if (!isPaused) stream.on('data', (piece: string) => (text += piece));
    stream.on('error', () => undefined);
    const body = new Promise<string>((resolve) => {
      stream.on('close', () => {
        resolve(text);
      });
    });
    return {
      stream,
      headers: once(stream, 'response').then(([given]) => given as Record<string, unknown>),
      body,
      text: () => text,
    };
  };
  return { ask, ends, warnings, session };
};

const logged = async (source: Observable<Delta>) => {
  const log = memoryLog();
  await log.start('a', source);
  return log;
};
const serveLog = async (source: Observable<Delta>, options: SinkOptions = {}) => {
  const log = await logged(source);
  const readers: LogReader<Delta>[] = [];
  const served = await serve(async (response, cursor) => {
    const reader = await log.open('a', cursor);
    readers.push(reader);
    return pipeToResponse(reader, response, encodeDeltas(), options);
  });
  return { ...served, readers, log };
};
const bulk = (count: number, chars: number): Delta[] =>
  Array.from({ length: count }, (_, at): Delta => ({ type: 'other', name: String(at), raw: 'x'.repeat(chars) }));

describe('HTTP/2', () => {
  it('gets an answer and its end, and no header that it does not allow', async () => {
    const { ask, ends, warnings } = await serveLog(of(...answer({ text: 'To be' })));
    const heard = ask();
    const body = await heard.body;

    expect(await heard.headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    expect(await heard.headers).not.toHaveProperty('connection');
    expect(eventStream(body).events.at(-1)).toMatchObject({ type: 'end', data: '{"state":"complete"}' });
    expect([heard.stream.rstCode, await ends[0], warnings]).toEqual([constants.NGHTTP2_NO_ERROR, 'ended', []]);
  });

  it('gets 204 at the end, and the head alone for HEAD', async () => {
    const { ask, ends } = await serveLog(EMPTY);
    const [empty, head] = [ask({ 'last-event-id': '1-1' }), ask({ ':method': 'HEAD' })];

    expect([await empty.headers, await head.headers]).toMatchObject([{ ':status': 204 }, { ':status': 200 }]);
    expect([await empty.body, await head.body]).toEqual(['', '']);
    expect(await Promise.all(ends)).toEqual(['ended', 'ended']);
  });

  it('is told by a reset that a response was cut, and keeps its other streams', async () => {
    const { ask, ends, readers } = await serveLog(concat(of(...bulk(1, 1)), NEVER));
    const [cut, other] = [ask(), ask()];
    while (!cut.text().includes('1-1') || !other.text().includes('1-1')) await sleep(1);
    readers[0]?.close();
    await cut.body;

    expect(await ends[0]).toBe('failed');
    expect(cut.stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(other.stream.closed).toBe(false);
    other.stream.close();
    expect(await ends[1]).toBe('left');
  });

  it('loses a client that reads nothing by a reset, and nothing else', async () => {
    const { ask, ends, log } = await serveLog(from(bulk(2_000, 1_000)), { stallMs: 100 });
    const slow = ask({}, true);
    await slow.headers;

    expect(await ends[0]).toBe('stalled');
    slow.stream.resume();
    await slow.body;
    expect(slow.stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    const rest = ask();
    expect(eventStream(await rest.body).events).toHaveLength(2_001);
    expect(await log.state('a')).toMatchObject({ state: 'complete' });
  });

  it('loses one that takes all but the end of an answer', async () => {
    // Fewer characters than it buffers, and more bytes than a window holds: all has been written by then.
    const long: Delta = { type: 'other', name: 'long', raw: '言'.repeat(15_000) };
    const { ask, ends } = await serveLog(of(long, long), { stallMs: 100 });
    const slow = ask({}, true);
    await slow.headers;

    expect(await ends[0]).toBe('stalled');
    slow.stream.resume();
    await slow.body;
    expect(slow.stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });

  it('has not had an answer whose end it cancels', async () => {
    const long: Delta = { type: 'other', name: 'long', raw: '言'.repeat(15_000) };
    const { ask, ends, readers } = await serveLog(of(long, long));
    const slow = ask({}, true);
    await slow.headers;
    while (readers[0]?.isDone !== true) await sleep(1);
    slow.stream.close(constants.NGHTTP2_CANCEL);

    expect(await ends[0]).toBe('left');
  });

  it('lets go of the reader when a stream is cancelled, and when the connection is gone', async () => {
    const { ask, ends, readers, session } = await serveLog(concat(of(...bulk(1, 1)), NEVER), { heartbeatMs: 10 });
    const [first, second] = [ask(), ask()];
    while (!first.text().includes('1-1') || !second.text().includes('1-1')) await sleep(1);
    first.stream.close(constants.NGHTTP2_CANCEL);

    expect(await ends[0]).toBe('left');
    session.destroy();
    expect(await ends[1]).toBe('left');
    expect(readers.map(({ isDone }) => isDone)).toEqual([true, true]);
  });

  it('has nothing written to a response that is gone', async () => {
    const log = await logged(NEVER);
    const { ask, ends } = await serve(async (response) => {
      response.stream.close();
      await sleep(20);
      const reader = await log.open('a');
      const end = await pipeToResponse(reader, response, encodeDeltas());

      expect(reader.isDone).toBe(true);
      return end;
    });
    await ask().body;

    expect(await ends[0]).toBe('left');
  });

  it('gets a one-off, too', async () => {
    const handler = relay(of(...answer({ text: 'To be' })), encodeDeltas());
    const { ask, ends } = await serve((response) => handler(undefined, response));

    expect(await ask().body).toContain('To be');
    expect(await ends[0]).toBe('ended');
  });
});
