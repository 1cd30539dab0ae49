import { concat, defer, EMPTY, finalize, from, interval, map, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { type Delta, InvalidOptionError, streamDeltas } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { encodeDeltas, type OnceOptions, type PipeEnd, relay, relayResponse } from 'rxllm/server';
import { answer, fakeProvider } from 'rxllm/testing';

import { eventStream } from '../support/eventStream.ts';
import { rawClient, serveWith, sleep } from '../support/rawClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const other = (name: string, chars = 1): Delta => ({ type: 'other', name, raw: 'x'.repeat(chars) });

const serve = async (source: Observable<Delta>, options: OnceOptions = {}) => {
  const ends: Promise<PipeEnd>[] = [];
  const handler = relay(source, encodeDeltas(), options);
  const server = await serveWith((request, response) => void ends.push(handler(request, response)));
  closing.push(server.close);
  return { ...server, ends };
};

/** The same stream, sent by either of them. */
const ways: readonly [string, (source: Observable<Delta>, options?: OnceOptions) => Promise<string>][] = [
  ['relay', async (source, options) => (await fetch((await serve(source, options)).url)).text()],
  ['relayResponse', (source, options) => relayResponse(source, encodeDeltas(), options).text()],
];

describe.each(ways)('%s', (_name, sent) => {
  it('sends a stream and its end, and no ids, since nobody can come back', async () => {
    const { events } = eventStream(await sent(of(...answer({ text: ['To ', 'be'] }))));

    expect(events.map(({ lastEventId }) => lastEventId).join('')).toBe('');
    expect(events.map(({ data }) => data).join('')).toContain('"text":"To be"');
    expect(events.at(-1)).toMatchObject({ type: 'end', data: '{"state":"complete"}' });
  });

  it('ends with the terminal of the protocol, whatever becomes of the stream', async () => {
    const secret = new TypeError('connect ECONNREFUSED 10.0.0.7:443 key sk-live-123456789');
    const text = await sent(
      concat(
        of(other('one')),
        throwError(() => secret),
      ),
    );

    expect(await sent(EMPTY)).toContain('event: end\ndata: {"state":"complete"}');
    expect(text).toMatch(/"one"[^]*event: end\ndata: {"state":"failed"/);
    expect(text).not.toMatch(/10\.0\.0\.7|sk-live|\.ts:/);
  });

  it('ends as failed where more waits than it may hold, and stops the source, even one that never pauses', async () => {
    let asked = 0;
    const endless = new Observable<Delta>((out) => {
      while (!out.closed) out.next(other(String((asked += 1)), 1_000));
    });
    const text = await sent(endless, { maxBytes: 100_000 });

    expect(text).toContain('"state":"failed"');
    expect(asked).toBeLessThan(200);
    expect(eventStream(text).events.length).toBe(asked + 1);
  });

  it('ends as failed at an event that cannot be written', async () => {
    const bad: Delta = { type: 'other', name: 'bad', raw: 1n };

    expect(await sent(of(other('good'), bad, other('never')))).toMatch(/good[^]*"state":"failed"/);
  });

  it('forgets what has been read: far more goes through than it may hold', async () => {
    const source = interval(0).pipe(map((at) => other(String(at), 10_000)));
    const some = new Observable<Delta>((out) =>
      source.subscribe({
        next: (delta) => (delta.type === 'other' && delta.name === '60' ? out.complete() : out.next(delta)),
      }),
    );

    expect(eventStream(await sent(some, { maxBytes: 200_000 })).events).toHaveLength(61);
  });
});

describe('relay', () => {
  it('subscribes once for each request', async () => {
    let count = 0;
    const { url } = await serve(defer(() => of(other(String((count += 1))))));
    const texts = [await (await fetch(url)).text(), await (await fetch(url)).text()];

    expect(texts.map((text) => eventStream(text).events[0]?.data)).toEqual([
      JSON.stringify(other('1')),
      JSON.stringify(other('2')),
    ]);
  });

  it('unsubscribes when its client leaves, within 100 ms', async () => {
    let endedAtMs = 0;
    const source = concat(of(other('one')), NEVER).pipe(finalize(() => (endedAtMs = performance.now())));
    const { port, ends } = await serve(source);
    const tookMs: number[] = [];
    // A busy machine may be slow now and then; the best of five tells what it takes.
    for (let round = 0; round < 5; round += 1) {
      const client = rawClient(port);
      await client.until(/"one"/);
      const leftAtMs = performance.now();
      client.socket.destroy();

      expect(await ends[round]).toBe('left');
      tookMs.push(endedAtMs - leftAtMs);
    }

    expect(Math.min(...tookMs)).toBeLessThan(100);
  });

  it('closes the connection to the provider when its client leaves', async () => {
    const deltas = answer({ text: ['To ', 'be', ' or', ' not'] });
    const fake = fakeProvider({ replies: [{ deltas, frameMs: 200 }] });
    const provider = await fake.listen();
    closing.push(() => provider.close());
    const source = streamDeltas(openAiChat, {
      baseUrl: provider.baseUrl(openAiChat),
      body: { model: 'm', messages: [] },
    });
    const { port, ends } = await serve(source);
    const client = rawClient(port);
    await client.until(/"text":"To "/);
    client.socket.destroy();

    expect(await ends[0]).toBe('left');
    await sleep(100);
    expect(fake.requests.map(({ endedBy }) => endedBy)).toEqual(['client']);
  });

  it('unsubscribes and cuts the connection where its client reads nothing', async () => {
    let isEnded = false;
    const endless = interval(0).pipe(
      map((at) => other(String(at), 200_000)),
      finalize(() => (isEnded = true)),
    );
    const { port, ends } = await serve(endless, { stallMs: 100, maxBytes: Infinity });
    const client = rawClient(port, { isPaused: true });
    while (ends.length === 0) await sleep(1);

    expect(await ends[0]).toBe('stalled');
    expect(isEnded).toBe(true);
    client.socket.resume();
    expect(await client.ended).toBe('reset');
  });

  it('asks for nothing where the head is wanted alone', async () => {
    let isAsked = false;
    const { url, ends } = await serve(defer(() => ((isAsked = true), NEVER)));
    const { status } = await fetch(url, { method: 'HEAD' });

    expect([status, await ends[0], isAsked]).toEqual([200, 'ended', false]);
  });

  it('keeps its client alive while nothing comes', async () => {
    const { port } = await serve(NEVER, { heartbeatMs: 20 });
    const client = rawClient(port);

    expect(await client.until(/: \n\n[^]*: \n[^]*: \n/)).not.toContain('data:');
    client.socket.destroy();
  });

  it('joins what waits for a client that lags', async () => {
    const deltas = new Subject<Delta>();
    const { port } = await serve(deltas);
    const client = rawClient(port);
    await client.until(/: \n\n/);
    const text = (piece: string): Delta => ({ type: 'text', choice: 0, part: 0, text: piece });
    // Each is sent at once while the client keeps up.
    deltas.next(text('a'));
    deltas.next(text('b'));
    deltas.complete();
    const all = await client.until(/"complete"/);

    expect(all).toMatch(/"text":"a"[^]*"text":"b"/);
  });

  it('says at the call what is wrong with its options', () => {
    expect(() => relay(EMPTY, encodeDeltas(), { maxBytes: 0 })).toThrow(InvalidOptionError);
    expect(() => relay(EMPTY, encodeDeltas(), { stallMs: -1 })).toThrow(InvalidOptionError);
    expect(() => relayResponse(EMPTY, encodeDeltas(), { heartbeatMs: NaN })).toThrow(InvalidOptionError);
  });
});

describe('relayResponse', () => {
  it('subscribes when its body is read, and unsubscribes when that is cancelled', async () => {
    const seen: string[] = [];
    const source = defer(() => {
      seen.push('subscribed');
      return concat(of(other('one')), NEVER).pipe(finalize(() => void seen.push('ended')));
    });
    const unread = relayResponse(source, encodeDeltas());
    await unread.body?.cancel();
    expect(seen).toEqual([]);
    const body = relayResponse(source, encodeDeltas()).body?.getReader();
    await body?.read();
    await body?.read();
    expect(seen).toEqual(['subscribed']);
    await body?.cancel();

    expect(seen).toEqual(['subscribed', 'ended']);
  });

  it('gives all of a source that gives everything at once, as far as it may wait', async () => {
    const text = await relayResponse(
      from(Array.from({ length: 20_000 }, (_, at) => other(String(at)))),
      encodeDeltas(),
    ).text();

    expect(eventStream(text).events).toHaveLength(20_001);
  });
});
