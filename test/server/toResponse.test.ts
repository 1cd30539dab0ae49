import { concat, from, NEVER, of, Subject } from 'rxjs';
import type { Delta } from 'rxllm';
import { type Cursor, createLog, deltaCodec, type LogCodec, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';
import { encodeDeltas, toResponse } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { VirtualClock } from '../log/VirtualClock.ts';
import { eventStream } from '../support/eventStream.ts';
import { sleep } from '../support/rawClient.ts';

const decoder = new TextDecoder();
const bulk = (count: number, chars = 1_000): Delta[] =>
  Array.from({ length: count }, (_, at): Delta => ({ type: 'other', name: String(at), raw: 'x'.repeat(chars) }));

type Body = ReadableStreamDefaultReader<Uint8Array>;
const bodyOf = ({ body }: Response): Body => {
  if (!body) throw new Error('this response has no body');
  return body.getReader();
};
const next = async (body: Body): Promise<string | undefined> => {
  const { done, value } = await body.read();
  return done ? undefined : decoder.decode(value);
};

/** What a promise has come to so far. */
const watch = <T>(promise: Promise<T>): { come: T | undefined; error: unknown } => {
  const seen: { come: T | undefined; error: unknown } = { come: undefined, error: undefined };
  promise.then(
    (come) => (seen.come = come),
    (error: unknown) => (seen.error = error),
  );
  return seen;
};

describe('toResponse', () => {
  it('gives an answer behind a place, with its end', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', of(...answer({ text: ['To ', 'be'] })));
    await ended;
    const whole = await toResponse(await log.open('a'), encodeDeltas()).text();
    const ids = [...whole.matchAll(/^id: (.+)$/gm)].map(([, id]) => id);
    const rest = await toResponse(await log.open('a', ids.at(-2) as Cursor), encodeDeltas()).text();

    expect(rest).toBe(': \n\nevent: end\ndata: {"state":"complete"}\nid: ' + `${ids.at(-1) ?? ''}\n\n`);
    expect(toResponse(await log.open('a', ids.at(-1) as Cursor), encodeDeltas()).status).toBe(204);
  });

  it('takes the headers of its options before its own, whatever their case', async () => {
    const log = memoryLog();
    await log.start('a', of());
    const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'text/event-stream' };
    const response = toResponse(await log.open('a'), encodeDeltas(), { headers });

    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await response.body?.cancel();
  });

  it('reads of the log what is read of the body, and no more', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', from(bulk(2_000)));
    await ended;
    const reader = await log.open('a');
    const body = bodyOf(toResponse(reader, encodeDeltas()));
    await sleep(10);

    expect(reader.lag).toBe(2_001);
    await next(body);
    await sleep(10);
    expect(reader.lag).toBe(2_001);
    for (let read = 0; read < 3; read += 1) expect((await next(body))?.length).toBeLessThan(20_000);
    await sleep(10);
    expect(reader.lag).toBeGreaterThan(1_800);
    await body.cancel();
  });

  it('joins what is short, and nothing to more than it encodes at once', async () => {
    const log = memoryLog();
    const texts = [
      ...Array.from({ length: 100 }, () => 'short '),
      ...Array.from({ length: 100 }, () => 'x'.repeat(6_000)),
    ];
    const { ended } = await log.start(
      'a',
      from(texts.map((text): Delta => ({ type: 'text', choice: 0, part: 0, text }))),
    );
    await ended;
    const { events } = eventStream(await toResponse(await log.open('a'), encodeDeltas()).text());
    const got = events.flatMap(({ type, data }) =>
      type === 'end' ? [] : [(JSON.parse(data) as { text: string }).text],
    );

    expect(got.join('')).toBe(texts.join(''));
    expect(Math.max(...got.map((text) => text.length))).toBeLessThanOrEqual(16_384);
    expect(got.length).toBeLessThan(60);
  });

  it('answers a row of reads one after another, each piece once', async () => {
    const log = memoryLog();
    await log.start('a', from(bulk(200)));
    const body = bodyOf(toResponse(await log.open('a'), encodeDeltas()));
    const pieces = await Promise.all(Array.from({ length: 60 }, () => next(body)));
    const { events } = eventStream(pieces.join(''));

    expect(events.map(({ lastEventId }) => lastEventId)).toEqual(Array.from({ length: 201 }, (_, at) => `1-${at + 1}`));
    expect(pieces.at(-1)).toBeUndefined();
  });

  it('lets go of the reader when the body is cancelled: before it is read, while it waits, after', async () => {
    const log = memoryLog();
    await log.start('a', concat(of(...bulk(1)), NEVER));
    for (const reads of [0, 1, 2, 3]) {
      const reader = await log.open('a');
      const body = bodyOf(toResponse(reader, encodeDeltas()));
      const asked = Array.from({ length: reads }, () => next(body));
      await Promise.all(asked.slice(0, 2));

      expect(reader.isDone).toBe(false);
      await body.cancel();
      expect(reader.isDone).toBe(true);
      expect(await asked[2]).toBeUndefined();
    }
  });

  it('lets go of the reader where a header cannot be sent', async () => {
    const log = memoryLog();
    await log.start('a', NEVER);
    const reader = await log.open('a');

    expect(() => toResponse(reader, encodeDeltas(), { headers: { 'x-title': '5 €' } })).toThrow();
    expect(reader.isDone).toBe(true);
  });

  it('does not mind what becomes of other bodies of the same answer', async () => {
    const deltas = new Subject<Delta>();
    const log = memoryLog();
    await log.start('a', deltas);
    const [one, other] = [
      toResponse(await log.open('a'), encodeDeltas()),
      toResponse(await log.open('a'), encodeDeltas()),
    ];
    await one.body?.cancel();
    from(bulk(3)).subscribe(deltas);

    expect(eventStream(await other.text()).events).toHaveLength(4);
  });
});

describe('toResponse, in time', () => {
  let clock: VirtualClock;
  const inTime = (title: string, test: () => Promise<void>): void => {
    it(title, async () => {
      clock = new VirtualClock();
      await clock.rule(1, test);
    });
  };
  const silent = async (): Promise<StreamLog<Delta>> => {
    const log = memoryLog();
    await log.start('a', NEVER);
    return log;
  };

  inTime('sends a comment after each time of silence, and nothing else', async () => {
    const body = bodyOf(toResponse(await (await silent()).open('a'), encodeDeltas(), { heartbeatMs: 1_000 }));
    await next(body);
    for (let time = 0; time < 3; time += 1) {
      const read = watch(next(body));
      await clock.run(999);
      expect(read.come).toBeUndefined();
      await clock.run(1);
      expect(read.come).toBe(': \n');
    }
    await body.cancel();
  });

  inTime('errors where nothing is read for stallMs, from the first on', async () => {
    for (const reads of [0, 1]) {
      const reader = await (await silent()).open('a');
      const body = bodyOf(toResponse(reader, encodeDeltas(), { stallMs: 1_000 }));
      for (let read = 0; read < reads; read += 1) await next(body);
      await clock.run(999);
      expect(reader.isDone).toBe(false);
      await clock.run(1);

      expect(reader.isDone).toBe(true);
      await expect(next(body)).rejects.toThrow('read nothing for 1000 ms');
    }
  });

  inTime('does not take a silent answer for a client that reads nothing', async () => {
    const reader = await (await silent()).open('a');
    const body = bodyOf(toResponse(reader, encodeDeltas(), { stallMs: 1_000, heartbeatMs: Infinity }));
    await next(body);
    const read = watch(next(body));
    await clock.run(100_000);

    expect([read.come, read.error, reader.isDone]).toEqual([undefined, undefined, false]);
    await body.cancel();
  });

  inTime('keeps no timer once it is over', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', of(...bulk(1)));
    await ended;
    const before = clock.pending;
    await toResponse(await log.open('a'), encodeDeltas()).text();
    const { body } = toResponse(await log.open('a'), encodeDeltas());
    await body?.cancel();

    expect(clock.pending).toBe(before);
  });

  inTime('errors without an end where the engine cannot be reached for good, alive until then', async () => {
    const driver = memoryDriver();
    const read = (): Promise<never> => Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.7:6379'));
    const log = createLog<Delta>({ ...driver, read }, deltaCodec as LogCodec<Delta>, { maxCacheBytes: 1 });
    const { ended } = await log.start('a', from(bulk(600, 1)));
    await ended;
    const reported: unknown[] = [];
    const options = { heartbeatMs: 5_000, report: (error: unknown) => reported.push(error) };
    const reader = await log.open('a');
    const body = bodyOf(toResponse(reader, encodeDeltas(), options));
    await next(body);
    let text = '';
    let failure: unknown;
    const read2 = async (): Promise<void> => {
      for (let piece = await next(body); piece !== undefined; piece = await next(body)) text += piece;
    };
    read2().catch((error: unknown) => (failure = error));
    await clock.run(600_000, () => failure !== undefined);

    expect(failure).toEqual(new TypeError('connect ECONNREFUSED 10.0.0.7:6379'));
    expect(reported).toEqual([failure]);
    expect(text).toMatch(/^(: \n){2,}$/);
    expect(reader.isDone).toBe(true);
  });
});
