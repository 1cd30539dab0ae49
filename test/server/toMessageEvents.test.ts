import 'reflect-metadata';

import { Controller, Get, Headers, Module, NotFoundException, Param, Post, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { concat, from, lastValueFrom, NEVER, type Observable, of, Subject, take, toArray } from 'rxjs';
import { type Delta, InvalidOptionError, LogError } from 'rxllm';
import { type Cursor, createLog, deltaCodec, type LogCodec, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';
import { encodeDeltas, type NestMessage, relayResponse, toMessageEvents, toResponse } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { eventStream } from '../support/eventStream.ts';
import { chunked, portOf, rawClient, sleep } from '../support/rawClient.ts';
import { testEncoder, type TestEvent } from '../support/testEncoders.ts';

const bulk = (count: number, chars = 1_000): Delta[] =>
  Array.from({ length: count }, (_, at): Delta => ({ type: 'other', name: String(at), raw: 'x'.repeat(chars) }));
const all = (messages: Observable<NestMessage>): Promise<NestMessage[]> => lastValueFrom(messages.pipe(toArray()));
const written = async (deltas: readonly Delta[]): Promise<StreamLog<Delta>> => {
  const log = memoryLog();
  const { ended } = await log.start('a', from(deltas));
  await ended;
  return log;
};

describe('toMessageEvents', () => {
  it('gives an answer and its end, each with its place', async () => {
    const log = await written(answer({ text: ['To ', 'be'] }));
    const messages = await all(toMessageEvents(await log.open('a'), encodeDeltas()));

    expect(messages.at(-1)).toEqual({ id: '1-8', type: 'end', data: '{"state":"complete"}' });
    expect(messages.map(({ id }) => id)).not.toContain(undefined);
    for (const [at, { id }] of messages.entries()) {
      const rest = await all(toMessageEvents(() => log.open('a', id as Cursor), encodeDeltas()));

      expect(rest).toEqual(messages.slice(at + 1));
    }
  });

  it('opens anew for each subscription, and not before', async () => {
    const log = await written(bulk(2));
    let opened = 0;
    const messages = toMessageEvents(() => ((opened += 1), log.open('a')), encodeDeltas());

    expect(opened).toBe(0);
    expect(await all(messages)).toEqual(await all(messages));
    expect(opened).toBe(2);
  });

  it('lets go of the reader when it is unsubscribed from, in a message too, and where it is still being opened', async () => {
    const log = memoryLog();
    await log.start('a', concat(of(...bulk(3)), NEVER));
    const [one, two, three] = [await log.open('a'), await log.open('a'), await log.open('a')];
    await all(toMessageEvents(one, encodeDeltas()).pipe(take(1)));
    const subscription = toMessageEvents(two, encodeDeltas()).subscribe();
    await sleep(10);
    subscription.unsubscribe();
    toMessageEvents(() => Promise.resolve(three), encodeDeltas())
      .subscribe()
      .unsubscribe();
    await sleep(0);

    expect([one.isDone, two.isDone, three.isDone]).toEqual([true, true, true]);
  });

  it('sends comments while nothing comes, and at first when to come again', async () => {
    const log = memoryLog();
    await log.start('a', NEVER);
    const options = { heartbeatMs: 5, retryMs: 1_000 };
    const messages = toMessageEvents(() => log.open('a'), encodeDeltas(), options).pipe(take(4));

    expect(await all(messages)).toEqual([
      { id: '0-0', retry: 1_000 },
      { comment: '' },
      { comment: '' },
      { comment: '' },
    ]);
  });

  it('ends as the protocol ends where the source errs; an error it is only where the log cannot be read', async () => {
    const log = memoryLog();
    await log.start(
      'a',
      new Subject<Delta>().pipe((source) =>
        concat(of(...bulk(1)), from(Promise.reject(new Error('10.0.0.7 sk-live-123456789'))), source),
      ),
    );
    const messages = await all(toMessageEvents(() => log.open('a'), encodeDeltas()));

    expect(messages.at(-1)).toMatchObject({ type: 'end', data: expect.stringContaining('"failed"') as string });
    expect(JSON.stringify(messages)).not.toMatch(/10\.0\.0\.7|sk-live/);

    const reported: unknown[] = [];
    const reader = await log.open('a');
    const broken = all(
      toMessageEvents({ ...reader, poll: undefined } as never, encodeDeltas(), {
        report: (error) => reported.push(error),
      }),
    );
    await expect(broken).rejects.toMatchObject({
      _tag: 'ApiError',
      message: expect.stringContaining('the answer could not be made') as string,
    });
    expect(reported).toEqual([expect.any(TypeError)]);
    await expect(all(toMessageEvents(() => log.open('none'), encodeDeltas()))).rejects.toBeInstanceOf(LogError);
  });

  it("passes Nest's own exceptions on", async () => {
    const refusal = new NotFoundException('no such answer');
    const reported: unknown[] = [];
    const messages = all(
      toMessageEvents(() => Promise.reject(refusal), encodeDeltas(), { report: (error) => reported.push(error) }),
    );

    await expect(messages).rejects.toBe(refusal);
    expect(reported).toEqual([]);
  });

  it('tells nothing of the inside where the log cannot be opened', async () => {
    const ways: readonly (() => Promise<never>)[] = [
      () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:6379')),
      () => {
        throw new TypeError('10.0.0.7');
      },
    ];
    for (const open of ways) {
      const reported: unknown[] = [];
      const messages = all(toMessageEvents(open, encodeDeltas(), { report: (error) => reported.push(error) }));

      await expect(messages).rejects.toMatchObject({
        _tag: 'ApiError',
        message: expect.not.stringContaining('10.0.0.7') as string,
      });
      expect(reported).toHaveLength(1);
    }
  });

  it('keeps the client where it was while it says that the answer begins again', async () => {
    const log = memoryLog<TestEvent>();
    await log.start('a', of({ text: 'x' }));
    const reader = await log.open('a', '1-1' as Cursor);
    // A place that the log has no more.
    const gone = Object.assign(reader, {
      poll: () => {
        throw new LogError('rolled-back', 'a');
      },
    });
    const [reset, ...again] = await all(toMessageEvents(gone, testEncoder()));

    expect(reset).toEqual({ id: '1-1', type: 'reset', data: 'again' });
    expect(again.map(({ id }) => id)).toEqual(['1-1', '1-2']);
  });

  it('gives a long answer in many turns, so that it can go out in between', async () => {
    const log = await written(bulk(2_000));
    let most = 0;
    let inTurn = 0;
    const messages = toMessageEvents(() => log.open('a'), encodeDeltas());
    await new Promise<void>((resolve) => {
      messages.subscribe({
        next: () => {
          if (inTurn === 0) setTimeout(() => (inTurn = 0));
          most = Math.max(most, (inTurn += 1));
        },
        complete: resolve,
      });
    });

    expect(most).toBeLessThan(100);
  });

  it('says at the call what is wrong with its options', () => {
    expect(() => toMessageEvents(() => Promise.reject(new Error('no')), encodeDeltas(), { heartbeatMs: 0 })).toThrow(
      InvalidOptionError,
    );
  });
});

describe('NestJS', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** As decorators do, which this compiler is not told of. */
  const decorate = (
    target: object,
    method: string,
    how: MethodDecorator,
    ...parameters: readonly ParameterDecorator[]
  ): void => {
    how(target, method, Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor);
    for (const [at, parameter] of parameters.entries()) parameter(target, method, at);
  };

  const serve = async (log: StreamLog<Delta>, maxPendingDataLength = 262_144): Promise<number> => {
    class Answers {
      follow(id: string, cursor?: Cursor): Observable<NestMessage> {
        return toMessageEvents(() => log.open(id, cursor), encodeDeltas(), { heartbeatMs: 20 });
      }

      async pull(id: string, cursor?: Cursor): Promise<Response> {
        return toResponse(await log.open(id, cursor), encodeDeltas());
      }

      once(): Response {
        return relayResponse(of(...answer({ text: 'once' })), encodeDeltas());
      }
    }
    class App {}
    Controller()(Answers);
    decorate(
      Answers.prototype,
      'follow',
      Sse('sse/:id', { maxPendingDataLength }),
      Param('id'),
      Headers('last-event-id'),
    );
    decorate(Answers.prototype, 'pull', Get('pull/:id'), Param('id'), Headers('last-event-id'));
    decorate(Answers.prototype, 'once', Post('once'));
    Module({ controllers: [Answers] })(App);
    const app = await NestFactory.create(App, { logger: false });
    await app.listen(0, '127.0.0.1');
    closing.push(() => app.close());
    return portOf(app.getHttpServer() as Parameters<typeof portOf>[0]);
  };
  const get = async (port: number, path: string, cursor?: string): Promise<string> => {
    const headers = cursor === undefined ? {} : { 'last-event-id': cursor };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
  };

  it.each(['/sse/a', '/pull/a'])('%s gives an answer that goes on at any of its places', async (path) => {
    const port = await serve(await written([...answer({ text: 'To be' }), ...bulk(20)]));
    const { events } = eventStream(await get(port, path));

    expect(events.at(-1)).toMatchObject({ type: 'end', data: '{"state":"complete"}' });
    for (const at of [0, 3, 10, events.length - 2]) {
      const { events: rest } = eventStream(await get(port, path, events[at]?.lastEventId));

      expect(rest).toEqual(events.slice(at + 1));
    }
  });

  it.each(['/sse/a', '/pull/a'])(
    '%s loses nothing to a client that is slow and is dropped for it',
    async (path) => {
      const count = 12_000;
      const port = await serve(await written(bulk(count)));
      const got: string[] = [];
      let cursor = '0-0';
      for (let visit = 0; visit < 60 && !cursor.endsWith(`-${count + 1}`); visit += 1) {
        const client = rawClient(port, { path, isPaused: visit < 2, headers: { 'last-event-id': cursor } });
        await sleep(150);
        client.socket.resume();
        await Promise.race([client.ended, client.until(/"state":"complete"/)]).catch(() => undefined);
        client.socket.destroy();
        const { events } = eventStream(chunked(client.text()).body);
        got.push(
          ...events.flatMap(({ type, data }) =>
            type === 'message' ? [(JSON.parse(data) as { name: string }).name] : [],
          ),
        );
        cursor = events.at(-1)?.lastEventId ?? cursor;
      }

      expect(got).toEqual(Array.from({ length: count }, (_, at) => String(at)));
    },
    20_000,
  );

  it('writes heartbeats as comments without an id', async () => {
    const log = memoryLog();
    await log.start('a', NEVER);
    const client = rawClient(await serve(log), { path: '/sse/a' });
    closing.push(() => client.socket.destroy());

    expect(await client.until(/(: \n\n[^]*){3}/)).not.toMatch(/\nid:/);
  });

  it('lets go of the reader when a client leaves', async () => {
    const log = memoryLog();
    await log.start('a', NEVER);
    const readers: { readonly isDone: boolean }[] = [];
    const watched: StreamLog<Delta> = {
      ...log,
      open: async (...args) => {
        const reader = await log.open(...args);
        readers.push(reader);
        return reader;
      },
    };
    const port = await serve(watched);
    for (const path of ['/sse/a', '/pull/a']) {
      const client = rawClient(port, { path });
      await client.until(/: \n/);
      client.socket.destroy();
    }
    await sleep(100);

    expect(readers.map(({ isDone }) => isDone)).toEqual([true, true]);
  });

  it('answers 204 at the end of an answer, where a handler returns a response', async () => {
    const port = await serve(await written([]));
    const { status } = await fetch(`http://127.0.0.1:${port}/pull/a`, { headers: { 'last-event-id': '1-1' } });

    expect(status).toBe(204);
  });

  it('does not tell what is inside where the log cannot be read', async () => {
    const driver = memoryDriver();
    const tail = (): Promise<never> => Promise.reject(new TypeError('connect ECONNREFUSED 10.0.0.7:6379'));
    const log = createLog<Delta>({ ...driver, tail }, deltaCodec as LogCodec<Delta>);

    expect(await get(await serve(log), '/sse/a')).not.toMatch(/10\.0\.0\.7|ECONN|\.ts/);
  });

  it('gives a one-off', async () => {
    const port = await serve(memoryLog());

    expect(await (await fetch(`http://127.0.0.1:${port}/once`, { method: 'POST' })).text()).toContain('"text":"once"');
  });
});
