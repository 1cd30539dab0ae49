import { setImmediate } from 'node:timers/promises';
import {
  concat,
  concatMap,
  defer,
  firstValueFrom,
  map,
  NEVER,
  Observable,
  of,
  range,
  repeat,
  Subject,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { HttpError, InvalidOptionError, LimitError, LogError } from 'rxllm';
import { createLog, type Cursor, type LogDriver, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';

import { expectNoUncaughtError } from '../support/record.ts';
import { all, numbers } from './records.ts';

const codec = { toJson: (n: number) => n, fromJson: (json: unknown) => json as number };

const failure = (records: Observable<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    records.subscribe({ error: resolve, complete: () => reject(new Error('it completed')) });
  });

/** Some at once, some later. */
const answer = (count: number): Observable<number> =>
  range(1, count).pipe(concatMap((n) => (n % 50 === 0 ? timer(1).pipe(map(() => n)) : of(n))));

/** A driver that counts what is asked of it and what listens. */
const counting = (): {
  readonly driver: LogDriver;
  readonly calls: Record<string, number>;
  readonly tails: () => number;
} => {
  const engine = memoryDriver();
  const calls: Record<string, number> = {};
  let tails = 0;
  const driver = Object.fromEntries(
    Object.entries(engine).map(([name, operation]) => [
      name,
      (...args: never[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return (operation as (...all: never[]) => unknown)(...args);
      },
    ]),
  ) as unknown as LogDriver;
  const tail: LogDriver['tail'] = async (id, onHint) => {
    const leave = await engine.tail(id, onHint);
    tails += 1;
    return () => {
      tails -= 1;
      leave();
    };
  };
  return { driver: { ...driver, tail }, calls, tails: () => tails };
};

describe('a log', () => {
  expectNoUncaughtError();
  let log: StreamLog<number>;
  beforeEach(() => {
    log = memoryLog<number>();
  });

  it('gives everything once and in order, to whoever comes early, late or in the middle', async () => {
    const { ended } = await log.start('a', answer(2_000));
    const early = all(log.follow('a'));
    const middle = timer(5).pipe(concatMap(() => log.follow('a')));
    const there = all(middle);

    expect(await ended).toEqual({ state: 'complete' });
    expect(await early).toEqual(numbers(1, 2_000));
    expect(await there).toEqual(numbers(1, 2_000));
    expect(await all(log.follow('a'))).toEqual(numbers(1, 2_000));
  });

  it('goes on behind any record, in the middle of a batch too', async () => {
    const { ended } = await log.start('a', answer(300));
    await ended;
    const records = await firstValueFrom(log.follow('a').pipe(toArray()));
    for (const { cursor, event } of records) {
      expect(await all(log.follow('a', cursor))).toEqual(numbers(event + 1, 300));
    }
  });

  it('goes on inside a record by giving it again', async () => {
    await (
      await log.start('a', answer(10))
    ).ended;

    expect(await all(log.follow('a', '1-4.2' as Cursor))).toEqual(numbers(4, 10));
    expect(await all(log.follow('a', '1-1.0' as Cursor))).toEqual(numbers(1, 10));
  });

  it('gives nothing behind the end, and tells how it ended', async () => {
    await (
      await log.start('a', answer(3))
    ).ended;
    await (
      await log.start(
        'b',
        concat(
          of(1),
          throwError(() => new TypeError('upstream')),
        ),
      )
    ).ended;

    expect(await all(log.follow('a', '1-3' as Cursor))).toEqual([]);
    expect(await all(log.follow('a', '1-4' as Cursor))).toEqual([]);
    expect(await failure(log.follow('b', '1-2' as Cursor))).toEqual(new TypeError('upstream'));
    const reader = await log.open('a', '1-4' as Cursor);
    expect(reader.isAtEnd).toBe(true);
    expect(await reader.next()).toBeUndefined();
    reader.close();
  });

  it('fails with what the source failed with, of its class', async () => {
    const error = new HttpError({ status: 429, url: 'https://example.com/', retryAfterMs: 1_000 });
    const { ended } = await log.start(
      'a',
      concat(
        of(1),
        throwError(() => error),
      ),
    );

    expect(await ended).toMatchObject({ state: 'failed' });
    const caught = await failure(log.follow('a'));
    expect(caught).toBeInstanceOf(HttpError);
    expect(caught).toMatchObject({ _tag: 'HttpError', status: 429, message: error.message });
    expect(await log.state('a')).toMatchObject({ state: 'failed', seq: 2 });
  });

  it.each<[string, unknown]>([
    ['a text', 'boom'],
    ['nothing', undefined],
    ['null', null],
    ['what JSON has no word for', Object.assign(new LimitError('maxEvents', 1), { count: 10n })],
    ['what goes in circles', Object.assign(new LimitError('maxEvents', 1), { self: {} })],
  ])('fails where the source throws %s', async (_, thrown) => {
    if (thrown instanceof LimitError && 'self' in thrown)
      (thrown.self as Record<string, unknown>)['self'] = thrown.self;
    const { ended } = await log.start(
      'a',
      throwError(() => thrown),
    );

    expect(await ended).toMatchObject({ state: 'failed' });
    const caught = await failure(log.follow('a'));
    if (thrown instanceof Error) expect(String(caught)).toContain('maxEvents');
    else expect(caught ?? undefined).toEqual(thrown ?? undefined);
  });

  it('fails where a source throws when it is subscribed to', async () => {
    const broken = new Observable<number>(() => {
      throw new RangeError('no such model');
    });
    await (
      await log.start('a', broken)
    ).ended;

    expect(await failure(log.follow('a'))).toEqual(new RangeError('no such model'));
  });

  it('fails at an event that JSON cannot hold, and leaves the source', async () => {
    const events = new Subject<unknown>();
    const any = memoryLog<unknown>();
    const { ended } = await any.start('a', events);
    events.next({ n: 1 });
    events.next({ n: 10n });

    expect(events.observed).toBe(false);
    expect(await ended).toMatchObject({ state: 'failed' });
    const seen: unknown[] = [];
    expect(
      await failure(
        new Observable((out) =>
          any.follow('a').subscribe({ next: (r) => seen.push(r.event), error: (e) => out.error(e) }),
        ),
      ),
    ).toBeInstanceOf(TypeError);
    expect(seen).toEqual([{ n: 1 }]);
  });

  it('fails in a reader at an event that its codec cannot read, whenever it comes', async () => {
    const broken = {
      ...codec,
      fromJson: (json: unknown): number => {
        if (json === 2) throw new RangeError('there is no 2');
        return json as number;
      },
    };
    const events = new Subject<number>();
    const picky = createLog(memoryDriver(), broken);
    await picky.start('a', events);
    const seen: number[] = [];
    const live = failure(picky.follow('a').pipe(map(({ event }) => seen.push(event))));
    await setImmediate();
    events.next(1);
    await setImmediate();
    events.next(2);

    expect(await live).toEqual(new RangeError('there is no 2'));
    expect(seen).toEqual([1]);
    expect(await failure(picky.follow('a'))).toEqual(new RangeError('there is no 2'));
  });

  it('holds undefined and what is no number as null', async () => {
    const any = memoryLog<unknown>();
    await (
      await any.start('a', of(undefined, NaN, null, { a: undefined }))
    ).ended;

    expect(await all(any.follow('a'))).toEqual([null, null, null, {}]);
  });

  it('stands for one answer', async () => {
    await log.start('a', NEVER);
    let isAsked = false;
    const other = defer(() => {
      isAsked = true;
      return of(1);
    });

    await expect(log.start('a', other)).rejects.toMatchObject({ _tag: 'LogError', reason: 'exists', logId: 'a' });
    expect(isAsked).toBe(false);
    await log.stop('a');
  });

  it('is not there where nobody began it', async () => {
    expect(await failure(log.follow('a'))).toMatchObject({ reason: 'not-found', isRetryable: false });
    await expect(log.open('a')).rejects.toBeInstanceOf(LogError);
    expect(await log.state('a')).toBeUndefined();
    expect(await log.stop('a')).toBe(false);
  });

  it.each([
    '',
    ' ',
    '1',
    '1-',
    '-1',
    '1-1-1',
    '1-1.',
    '1-1.1.1',
    '+1-1',
    '1e3-1',
    '0x1-1',
    '1-1\n',
    '\n1-1',
    '1-1 ',
    '１-１',
    'NaN-NaN',
    '1--1',
    '1-1.-1',
    '1-0.5e',
    `${'9'.repeat(10)}-1`,
    `1-${'9'.repeat(16)}`,
    '1-1.1234567',
    '1-1\r\ndata: x',
    '$',
    '+',
    '-',
    '*',
    '(1-1',
    '../../etc/passwd',
    '__proto__',
    'x'.repeat(100_000),
  ])('takes no cursor that is none: %j', async (cursor) => {
    await (
      await log.start('a', answer(3))
    ).ended;

    expect(await failure(log.follow('a', cursor as Cursor))).toMatchObject({ reason: 'bad-cursor' });
    await expect(log.open('a', cursor as Cursor)).rejects.toMatchObject({ reason: 'bad-cursor' });
  });

  it.each(['1-5', '1-999999999999999', '2-1', '999999999-0', '0-2', '1-5.3'])(
    'notices a cursor that is ahead of it or of another log: %s',
    async (cursor) => {
      await (
        await log.start('a', answer(3))
      ).ended;

      expect(await failure(log.follow('a', cursor as Cursor))).toMatchObject({
        reason: 'rolled-back',
        isRetryable: true,
      });
      await expect(log.open('a', cursor as Cursor).then((reader) => reader.next())).rejects.toMatchObject({
        reason: 'rolled-back',
      });
    },
  );

  it('stops from elsewhere: what was written stays, the source is left, and readers are through', async () => {
    const driver = memoryDriver();
    const [here, there] = [createLog(driver, codec), createLog(driver, codec)];
    const events = new Subject<number>();
    const { ended } = await here.start('a', events);
    events.next(1);
    const followed = all(here.follow('a'));

    expect(await there.stop('a', 'user')).toBe(true);
    expect(await ended).toEqual({ state: 'stopped', reason: 'user' });
    expect(events.observed).toBe(false);
    events.next(2);
    expect(await followed).toEqual([1]);
    expect(await here.stop('a')).toBe(false);
    const reader = await there.open('a');
    expect((await reader.next())?.outcome).toEqual({ state: 'stopped', reason: 'user' });
    reader.close();
  });

  it('stops a source that gives everything at once, in the midst of it', async () => {
    let given = 0;
    const endless = defer(() => of((given += 1))).pipe(repeat());
    const { ended } = await log.start('a', endless, { maxEvents: 100 });

    expect(await ended).toMatchObject({ state: 'failed', error: { name: 'LimitError' } });
    expect(given).toBe(101);
    const caught = await failure(log.follow('a'));
    expect(caught).toBeInstanceOf(LimitError);
    expect(caught).toMatchObject({ option: 'maxEvents', limit: 100 });
  });

  it('holds no more bytes than it may', async () => {
    const any = memoryLog<string>();
    const { ended } = await any.start('a', of('ü'.repeat(40), 'x'.repeat(30), 'y'), { maxBytes: 100 });

    expect(await ended).toMatchObject({ state: 'failed' });
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      any.follow('a').subscribe({ next: ({ event }) => seen.push(event), error: () => resolve() });
    });
    expect(seen).toEqual(['ü'.repeat(40)]);
  });

  it.each([
    [{ leaseMs: -1 }],
    [{ ttlMs: Number.NaN }],
    [{ retainMs: 2 ** 31 }],
    [{ maxEvents: 0 }],
    [{ maxBytes: 1.5 }],
    [{ leaseMs: 100, ttlMs: 99 }],
  ])('refuses %j before anything begins', async (options) => {
    await expect(log.start('a', NEVER, options)).rejects.toBeInstanceOf(InvalidOptionError);
    expect(await log.state('a')).toBeUndefined();
    expect(() => memoryLog({ continued: options })).toThrow(InvalidOptionError);
  });

  it('refuses options of its own that make no sense', () => {
    expect(() => memoryLog({ pollMs: -1 })).toThrow(InvalidOptionError);
    expect(() => memoryLog({ maxCacheBytes: 0 })).toThrow(InvalidOptionError);
  });

  it('lets go of everything with its last follower', async () => {
    const { driver, tails } = counting();
    const counted = createLog(driver, codec);
    await counted.start('a', concat(of(1, 2, 3), NEVER));
    await setImmediate();
    // The producer listens, too.
    expect(tails()).toBe(1);
    const [first, second] = await Promise.all([
      firstValueFrom(counted.follow('a').pipe(take(1))),
      firstValueFrom(counted.follow('a').pipe(take(2), toArray())),
    ]);

    expect(first.event).toBe(1);
    expect(second).toHaveLength(2);
    expect(tails()).toBe(1);
    const leaving = counted.follow('a').subscribe();
    leaving.unsubscribe();
    await setImmediate();
    expect(tails()).toBe(1);
    await counted.stop('a');
    await setImmediate();
    expect(tails()).toBe(0);
  });

  it('goes on in a follower that writes to another log, or stops this one, in the midst of it', async () => {
    const events = new Subject<number>();
    await log.start('a', events);
    const seen: number[] = [];
    const done = new Promise<void>((resolve) => {
      log.follow('a').subscribe({
        next: ({ event }) => {
          seen.push(event);
          if (event < 5) events.next(event + 1);
          else void log.stop('a');
        },
        complete: resolve,
      });
    });
    await setImmediate();
    events.next(1);
    await done;

    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('reads history page by page, however few records are taken at once', async () => {
    const { driver, calls } = counting();
    await driver.open('a', { mode: 'create', owner: 'me', leaseMs: 60_000, ttlMs: 60_000 });
    for (let entry = 0; entry < 100; entry += 1) {
      await driver.append('a', 1, 1 + entry * 100, numbers(1 + entry * 100, 100 + entry * 100).map(String));
    }
    await driver.end('a', 1, 10_001, { state: 'complete' }, 60_000);
    const counted = createLog(driver, codec);

    expect(await all(counted.follow('a'))).toEqual(numbers(1, 10_000));
    expect(calls['read']).toBeLessThan(10);
    const reader = await counted.open('a');
    let records = 0;
    for (let batch = await reader.next(10); batch; batch = await reader.next(10)) records += batch.records.length;
    reader.close();
    expect(records).toBe(10_000);
    expect(calls['read']).toBeLessThan(20);
  });
});
