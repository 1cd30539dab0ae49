import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observable } from 'rxjs';
import { concat, from, NEVER, of, Subject, throwError } from 'rxjs';
import { type Delta, LogError } from 'rxllm';
import { type Cursor, createLog, deltaCodec, type LogCodec, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';
import { encodeDeltas, type NodeResponse, type PipeEnd, pipeToResponse, type SinkOptions } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { type DispatchedEvent, eventStream } from '../support/eventStream.ts';
import {
  chunked,
  rawClient,
  type RawClient,
  type RawRequest,
  requestText,
  serveWith,
  sleep,
} from '../support/rawClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Served {
  readonly port: number;
  readonly url: string;
  /** How the responses ended, in the order of their requests. */
  readonly ends: Promise<PipeEnd>[];
  readonly responses: ServerResponse[];
  readonly reported: unknown[];
  ask(request?: RawRequest): RawClient;
}

/** Serves the log `a` from `last-event-id` on. */
const serve = async (
  log: StreamLog<Delta>,
  options: SinkOptions = {},
  before: (request: IncomingMessage, response: ServerResponse) => void = () => undefined,
): Promise<Served> => {
  const ends: Promise<PipeEnd>[] = [];
  const responses: ServerResponse[] = [];
  const reported: unknown[] = [];
  const report = (error: unknown): void => void reported.push(error);
  const { port, url, close } = await serveWith((request, response) => {
    responses.push(response);
    const after = request.headers['last-event-id'] as Cursor | undefined;
    before(request, response);
    ends.push(
      log.open('a', after).then((reader) => pipeToResponse(reader, response, encodeDeltas(), { report, ...options })),
    );
  });
  closing.push(close);
  return {
    port,
    url,
    ends,
    responses,
    reported,
    ask: (request) => {
      const client = rawClient(port, request);
      closing.push(() => client.socket.destroy());
      return client;
    },
  };
};

const started = async (source: Observable<Delta>): Promise<StreamLog<Delta>> => {
  const log = memoryLog();
  await log.start('a', source);
  return log;
};

const bulk = (count: number, chars = 1_000): Delta[] =>
  Array.from({ length: count }, (_, at): Delta => ({ type: 'other', name: String(at), raw: 'x'.repeat(chars) }));

const eventsIn = (client: RawClient): readonly DispatchedEvent[] => eventStream(chunked(client.text()).body).events;
const namesIn = (events: readonly DispatchedEvent[]): readonly string[] =>
  events.flatMap(({ type, data }) => (type === 'message' ? [(JSON.parse(data) as { name: string }).name] : []));
const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => String(at));

describe('pipeToResponse', () => {
  it('sends an answer, its end, and the headers that keep proxies from holding it back', async () => {
    const { url, ends } = await serve(await started(of(...answer({ text: 'To be' }))));
    const response = await fetch(url);
    const { events } = eventStream(await response.text());

    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(events.at(-1)).toMatchObject({ type: 'end', data: '{"state":"complete"}' });
    expect(await ends[0]).toBe('ended');
  });

  it('lets a client know at once that it is connected, and when to come again', async () => {
    const { ask } = await serve(await started(NEVER), { retryMs: 1_234 });
    const client = ask();

    expect(await client.until(/retry/)).toContain('retry: 1234\n\n');
  });

  it('sends what comes as it comes, and comments while nothing does', async () => {
    const deltas = new Subject<Delta>();
    const { ask } = await serve(await started(deltas), { heartbeatMs: 30 });
    const client = ask();
    await client.until(/: \n\n/);
    deltas.next({ type: 'other', name: 'one', raw: 1 });
    await client.until(/"one"/);
    await client.until(/"one"[^]*: \n[^]*: \n[^]*: \n/);
    deltas.next({ type: 'other', name: 'two', raw: 2 });
    deltas.complete();
    await client.until(/"complete"/);
    const { events, comments, strays } = eventStream(chunked(client.text()).body);

    expect(events.map(({ lastEventId }) => lastEventId)).toEqual(['1-1', '1-2', '1-3']);
    expect(comments.length).toBeGreaterThan(2);
    expect(strays).toEqual([]);
  });

  it('takes the headers of its options before its own, whatever their case', async () => {
    const { url } = await serve(await started(of()), { headers: { 'Cache-Control': 'no-store', 'X-Mine': '1' } });
    const { headers } = await fetch(url);

    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-mine')).toBe('1');
  });

  it('answers with 204 who has had all, and keeps caches from keeping that', async () => {
    const { url, ends } = await serve(await started(of()));
    const response = await fetch(url, { headers: { 'last-event-id': '1-1' } });

    expect([response.status, await response.text(), response.headers.get('cache-control')]).toEqual([
      204,
      '',
      'no-store',
    ]);
    expect(await ends[0]).toBe('ended');
  });

  it('leaves the connection to the next request', async () => {
    const { ask, ends } = await serve(await started(of()));
    const client = ask();
    await client.until(/\r\n0\r\n\r\n/);
    client.socket.write(requestText({ headers: { 'last-event-id': '1-1' } }));
    await client.until(/HTTP\/1\.1 204/);
    client.socket.write(requestText());
    await client.until(/204[^]*\r\n0\r\n\r\n/);

    expect(await Promise.all(ends)).toEqual(['ended', 'ended', 'ended']);
  });

  it('answers HEAD with the headers alone, and at once', async () => {
    const { url, ends } = await serve(await started(NEVER));
    const response = await fetch(url, { method: 'HEAD' });

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(await ends[0]).toBe('ended');
  });

  it('ends with the terminal of the protocol where the source errs, and tells nothing of the inside', async () => {
    const error = new Error('connect ECONNREFUSED 10.0.0.7:443, key sk-live-123456789');
    const { url, ends } = await serve(
      await started(
        concat(
          of(...bulk(1)),
          throwError(() => error),
        ),
      ),
    );
    const text = await (await fetch(url)).text();

    expect(eventStream(text).events.at(-1)?.type).toBe('end');
    expect(text).toContain('"state":"failed"');
    expect(text).not.toMatch(/10\.0\.0\.7|sk-live|at .*\.ts|ECONN/);
    expect(await ends[0]).toBe('ended');
  });

  it('tells who reported to what went wrong, and clients nothing, where it is a mistake in its options', async () => {
    const reader = await (await started(of())).open('a');

    expect(() => pipeToResponse(reader, {} as NodeResponse, encodeDeltas(), { stallMs: 0 })).toThrow('stallMs');
    expect(() => pipeToResponse(reader, {} as NodeResponse, encodeDeltas(), { heartbeatMs: -1 })).toThrow(
      'heartbeatMs',
    );
    expect(() => pipeToResponse(reader, {} as NodeResponse, encodeDeltas(), { retryMs: NaN })).toThrow('retryMs');
  });
});

describe('pipeToResponse: clients', () => {
  it('drops one that reads nothing, which goes on where it was and misses nothing', async () => {
    const count = 20_000;
    const { ask, ends } = await serve(await started(from(bulk(count))), { stallMs: 600 });
    const slow = ask({ isPaused: true });
    while (ends.length === 0) await sleep(5);

    expect(await ends[0]).toBe('stalled');
    slow.socket.resume();
    await slow.ended;
    const first = eventsIn(slow);
    const rest = ask({ headers: { 'last-event-id': first.at(-1)?.lastEventId ?? '0-0' } });
    await rest.until(/"complete"/);

    expect(chunked(slow.text()).isWhole).toBe(false);
    expect(namesIn([...first, ...eventsIn(rest)])).toEqual(numbers(count));
  });

  it('keeps one that is slow and reads all the same', async () => {
    const { ask, ends } = await serve(await started(from(bulk(16_000))), { stallMs: 1_000 });
    const slow = ask({ isPaused: true });
    let hasEnded = false;
    void slow.ended.then(() => (hasEnded = true));
    // Far less than what stands in the buffers of the system, each time.
    for (let time = 0; time < 300 && !hasEnded; time += 1) {
      slow.socket.resume();
      await sleep(1);
      slow.socket.pause();
      await sleep(time < 10 ? 100 : 1);
    }
    slow.socket.resume();
    await slow.until(/"complete"/);

    expect(namesIn(eventsIn(slow))).toEqual(numbers(16_000));
    expect(await ends[0]).toBe('ended');
  });

  it('keeps one that takes its time for a single frame', async () => {
    const { ask, ends } = await serve(await started(from(bulk(1, 16_000_000))), { stallMs: 1_000 });
    const slow = ask({ isPaused: true });
    let hasEnded = false;
    void ends[0]?.then(() => (hasEnded = true));
    for (let time = 0; time < 60 && !hasEnded; time += 1) {
      slow.socket.resume();
      await sleep(1);
      slow.socket.pause();
      await sleep(time < 15 ? 100 : 1);
    }
    slow.socket.resume();
    await slow.until(/"complete"/);

    expect(eventsIn(slow)[0]?.data.length).toBeGreaterThan(16_000_000);
    expect(await ends[0]).toBe('ended');
  });

  it('is sent a long text that is cut nowhere within a character', async () => {
    const raws = ['😀'.repeat(20_000), `x${'😀'.repeat(20_000)}`];
    const { url } = await serve(await started(from(raws.map((raw): Delta => ({ type: 'other', name: 'x', raw })))));
    const { events } = eventStream(await (await fetch(url)).text());

    expect(events.slice(0, 2).map(({ data }) => (JSON.parse(data) as { raw: string }).raw)).toEqual(raws);
  });

  it('does not mind what becomes of the others', async () => {
    const deltas = new Subject<Delta>();
    const log = await started(deltas);
    const { ask, ends } = await serve(log);
    const clients = [ask(), ask(), ask()] as const;
    for (const { until } of clients) await until(/: \n\n/);
    deltas.next(bulk(1)[0] as Delta);
    await clients[0].until(/"name":"0"/);
    clients[0].socket.destroy();
    clients[1].socket.resetAndDestroy();
    await sleep(30);
    deltas.next({ type: 'other', name: '1', raw: '' });
    deltas.complete();
    await clients[2].until(/"complete"/);

    expect(await Promise.all(ends)).toEqual(expect.arrayContaining(['left', 'left', 'ended']));
    expect(namesIn(eventsIn(clients[2]))).toEqual(['0', '1']);
  });

  it('lets go of the reader when its client leaves, and writes nothing more', async () => {
    const deltas = new Subject<Delta>();
    const log = await started(deltas);
    const late: boolean[] = [];
    const { ask, ends } = await serve(log, { heartbeatMs: 10 }, (_request, response) => {
      const write = response.write.bind(response) as (text: string) => boolean;
      response.write = ((text: string) => {
        late.push(response.destroyed);
        return write(text);
      }) as typeof response.write;
    });
    const client = ask();
    await client.until(/: \n\n/);
    client.socket.destroy();

    expect(await ends[0]).toBe('left');
    deltas.next(bulk(1)[0] as Delta);
    await sleep(50);
    expect(late).not.toContain(true);
  });

  it('closes the reader where the response is gone already', async () => {
    const log = await started(NEVER);
    const { ask, responses } = await serve(log);
    const client = ask();
    await client.until(/: \n\n/);
    client.socket.destroy();
    const [response] = responses as [ServerResponse];
    while (!response.destroyed) await sleep(1);
    const reader = await log.open('a');

    expect(await pipeToResponse(reader, response, encodeDeltas())).toBe('left');
    expect(reader.isDone).toBe(true);
  });

  it('closes the reader where somebody else has ended the response', async () => {
    const log = await started(NEVER);
    const { ends, url } = await serve(log, {}, (_request, response) => response.end('mine'));

    expect(await (await fetch(url)).text()).toBe('mine');
    expect(await ends[0]).toBe('left');
  });

  it('lets go of the reader where a header cannot be sent', async () => {
    const log = await started(NEVER);
    const reader = await log.open('a');
    const { url } = await serve(log, {}, (_request, response) => {
      expect(() => pipeToResponse(reader, response, encodeDeltas(), { headers: { 'x-title': '5 €' } })).toThrow();
      response.end('mine');
    });

    expect(await (await fetch(url)).text()).toBe('mine');
    expect(reader.isDone).toBe(true);
  });

  it('takes a flood at the pace of its client, in little memory', async () => {
    const count = 100_000;
    const log = await started(from(bulk(count, 100)));
    const { ask, responses } = await serve(log);
    const slow = ask({ isPaused: true });
    let most = 0;
    let isOver = false;
    void slow.until(/\r\n0\r\n\r\n/).then(() => (isOver = true));
    while (!isOver) {
      slow.socket.resume();
      await sleep(1);
      slow.socket.pause();
      most = Math.max(most, responses[0]?.writableLength ?? 0);
    }

    expect(namesIn(eventsIn(slow))).toHaveLength(count);
    expect(most).toBeLessThan(200_000);
  });
});

describe('pipeToResponse: a log that cannot be read', () => {
  it.each(['1.0', '1.1'] as const)(
    'resets the connection of HTTP/%s, where an end would be one of the answer',
    async (version) => {
      const log = await started(concat(of(...bulk(3)), NEVER));
      const reader = await log.open('a');
      const { ask, ends, reported } = await serve({ ...log, open: () => Promise.resolve(reader) });
      const client = ask({ version });
      await client.until(/"name":"2"/);
      // Nobody but the sink is to do this: it stands for whatever else goes wrong.
      reader.close();

      expect(await ends[0]).toBe('failed');
      expect(await client.ended).toBe('reset');
      expect(client.text()).not.toContain('"state"');
      expect(chunked(client.text()).isWhole).toBe(false);
      expect(reported).toEqual([expect.objectContaining({ _tag: 'LogError', reason: 'closed' })]);
    },
  );

  it('keeps the connection alive while an engine does not answer, and goes on when it does', async () => {
    const driver = memoryDriver();
    let isBroken = false;
    const read: typeof driver.read = (...args) =>
      isBroken ? Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.7:6379')) : driver.read(...args);
    // Nothing is kept here, so that all has to be read.
    const log = createLog<Delta>({ ...driver, read }, deltaCodec as LogCodec<Delta>, { maxCacheBytes: 1 });
    const { ended } = await log.start('a', from(bulk(600, 1)));
    await ended;
    isBroken = true;
    const { ask } = await serve(log, { heartbeatMs: 40 });
    const client = ask();
    await client.until(/: \n\n[^]*: \n[^]*: \n/);

    expect(client.text()).not.toContain('data');
    isBroken = false;
    await client.until(/"complete"/);
    expect(namesIn(eventsIn(client))).toEqual(numbers(600));
  });

  it('ends as the protocol ends where the log is gone for good', async () => {
    const driver = memoryDriver();
    let isGone = false;
    const read: typeof driver.read = (...args) =>
      isGone ? Promise.reject(new LogError('not-found', 'a')) : driver.read(...args);
    const log = createLog<Delta>({ ...driver, read }, deltaCodec as LogCodec<Delta>, { maxCacheBytes: 1 });
    const { ended } = await log.start('a', from(bulk(600, 1)));
    await ended;
    isGone = true;
    const { url } = await serve(log);

    expect(await (await fetch(url)).text()).toMatch(/event: end\ndata: {"state":"failed"/);
  });
});
