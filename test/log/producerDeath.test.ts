import { execFile } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { concat, NEVER, type Observable, of, Subject } from 'rxjs';
import { createLog, type LogDriver, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';

import { all, numbers } from './records.ts';
import { VirtualClock } from './VirtualClock.ts';

const codec = { toJson: (n: number) => n, fromJson: (json: unknown) => json as number };

describe('a log whose producer dies', () => {
  /** Everything that a driver in memory holds, and nobody who writes. */
  const orphaned = async (): Promise<LogDriver> => {
    const driver = memoryDriver();
    await driver.open('a', { mode: 'create', owner: 'dead', leaseMs: 1_000, ttlMs: 60_000 });
    await driver.append('a', 1, 1, ['1', '2']);
    return driver;
  };

  const inTime = async (play: (clock: VirtualClock) => Promise<void>): Promise<void> => {
    const clock = new VirtualClock();
    await clock.rule(1, () => play(clock));
  };

  const followed = (
    log: StreamLog<number>,
  ): { readonly seen: number[]; readonly end: { is: unknown; isComplete: boolean } } => {
    const seen: number[] = [];
    const end = { is: undefined as unknown, isComplete: false };
    log.follow('a').subscribe({
      next: ({ event }) => seen.push(event),
      error: (error: unknown) => (end.is = error),
      complete: () => (end.isComplete = true),
    });
    return { seen, end };
  };

  it('ends as lost for all its readers, once its lease has run out', () =>
    inTime(async (clock) => {
      const driver = await orphaned();
      const readers = [createLog(driver, codec, { pollMs: 100 }), createLog(driver, codec, { pollMs: 100 })].map(
        followed,
      );
      await clock.run(990);
      expect(readers.map(({ seen, end }) => [seen, end.is])).toEqual(Array(2).fill([[1, 2], undefined]));
      await clock.run(300);

      expect(readers.map(({ end }) => end.is)).toEqual(Array(2).fill(expect.objectContaining({ reason: 'lost' })));
      // What is left is the expiry of the log.
      expect(clock.pending).toBe(1);
    }));

  it('is gone on with by one of those who read it, from all that there is', () =>
    inTime(async (clock) => {
      const driver = await orphaned();
      const asked: (readonly number[])[] = [];
      const continueWith = (_id: string, soFar: readonly number[]): Observable<number> => {
        asked.push(soFar);
        return of(3, 4);
      };
      const readers = [1, 2, 3].map(() => followed(createLog(driver, codec, { pollMs: 100, continueWith })));
      await clock.run(2_000);

      expect(asked).toEqual([[1, 2]]);
      expect(readers.map(({ seen, end }) => [seen, end.isComplete])).toEqual(Array(3).fill([[1, 2, 3, 4], true]));
    }));

  it('ends as lost where nobody goes on with it, and as failed where that throws', () =>
    inTime(async (clock) => {
      const declined = followed(createLog(await orphaned(), codec, { pollMs: 100, continueWith: () => undefined }));
      const thrown = followed(
        createLog(await orphaned(), codec, {
          pollMs: 100,
          continueWith: () => {
            throw new TypeError('no such prompt');
          },
        }),
      );
      await clock.run(2_000);

      expect(declined.end.is).toMatchObject({ reason: 'lost' });
      expect(thrown.end.is).toEqual(new TypeError('no such prompt'));
    }));

  it('is not gone on with where it was stopped', () =>
    inTime(async (clock) => {
      const driver = await orphaned();
      await driver.stop('a', 'user');
      let isAsked = false;
      const reader = followed(
        createLog(driver, codec, {
          pollMs: 100,
          continueWith: () => {
            isAsked = true;
            return of(3);
          },
        }),
      );
      await clock.run(2_000);

      expect(reader.end.isComplete).toBe(true);
      expect(reader.seen).toEqual([1, 2]);
      expect(isAsked).toBe(false);
    }));

  it('shuts its first producer out, which leaves its source', () =>
    inTime(async (clock) => {
      const driver = memoryDriver();
      let isCut = false;
      const failing = (): Promise<never> => Promise.reject(new Error('the connection was lost'));
      const cut: LogDriver = {
        ...driver,
        append: (...args) => (isCut ? failing() : driver.append(...args)),
        renew: (...args) => (isCut ? failing() : driver.renew(...args)),
      };
      const events = new Subject<number>();
      const { ended } = await createLog(cut, codec).start('a', events, { leaseMs: 900 });
      let end: unknown;
      void ended.then((state) => (end = state));
      events.next(1);
      await clock.run(10);
      isCut = true;
      events.next(2);
      const reader = followed(createLog(driver, codec, { pollMs: 100, continueWith: () => of(3) }));
      await clock.run(3_000);

      expect(end).toEqual({ state: 'lost' });
      expect(events.observed).toBe(false);
      expect(reader).toEqual({ seen: [1, 3], end: { is: undefined, isComplete: true } });
    }));

  it('loses a producer whose engine answers nothing at all, as one does behind a client that waits', () =>
    inTime(async (clock) => {
      const driver: LogDriver = { ...memoryDriver(), renew: () => new Promise(() => undefined) };
      const events = new Subject<number>();
      const { ended } = await createLog(driver, codec).start('a', events, { leaseMs: 900 });
      let end: unknown;
      void ended.then((state) => (end = state));
      // It asks after a third of its lease, and waits for one and a third.
      await clock.run(1_490);
      expect([end, events.observed]).toEqual([undefined, true]);
      await clock.run(20);

      expect([end, events.observed]).toEqual([{ state: 'lost' }, false]);
    }));

  it('gets what the engine forgot again, as long as its producer lives', () =>
    inTime(async (clock) => {
      const writes: (() => Promise<unknown>)[] = [];
      let engine = memoryDriver();
      const recorded =
        (name: 'open' | 'append' | 'end' | 'renew') =>
        (...args: never[]): Promise<never> => {
          const write = (): Promise<never> => (engine[name] as (...all: never[]) => Promise<never>)(...args);
          writes.push(write);
          return write();
        };
      const driver: LogDriver = {
        ...engine,
        ...{ open: recorded('open'), append: recorded('append'), end: recorded('end'), renew: recorded('renew') },
        state: (id) => engine.state(id),
        read: (...args) => engine.read(...args),
        tail: (...args) => engine.tail(...args),
      };
      const events = new Subject<number>();
      const { ended } = await createLog(driver, codec).start('a', events);
      for (const n of [1, 2, 3, 4]) {
        events.next(n);
        await clock.run(1);
      }
      const before = await engine.state('a');
      // It was opened, and has the first record.
      const kept = writes.slice(0, 2);
      engine = memoryDriver();
      for (const write of kept) await write();
      expect([before?.seq, (await engine.state('a'))?.seq]).toEqual([4, 1]);
      events.next(5);
      await clock.run(1);
      events.complete();

      expect(await ended).toEqual({ state: 'complete' });
      expect(await all(createLog(driver, codec).follow('a'))).toEqual([1, 2, 3, 4, 5]);
    }));
});

describe('ten thousand idle answers', () => {
  it('take some kilobytes and two timers each, and nothing once they are stopped', async () => {
    const clock = new VirtualClock();
    await clock.rule(1, async () => {
      const log = memoryLog<number>();
      const bytesBefore = process.memoryUsage().heapUsed;
      const ids = numbers(1, 10_000).map(String);
      const generations = await Promise.all(ids.map((id) => log.start(id, concat(of(1), NEVER))));
      await setImmediate();
      const bytesEach = (process.memoryUsage().heapUsed - bytesBefore) / ids.length;

      // The beat of a producer, and the expiry of a log.
      expect(clock.pending).toBe(20_000);
      expect(bytesEach).toBeLessThan(12_000);
      await Promise.all(ids.map((id) => log.stop(id)));
      await Promise.all(generations.map(({ ended }) => ended));
      expect(clock.pending).toBe(10_000);
    });
  }, 30_000);
});

describe('a process that has a log', () => {
  it('exits when it has nothing else to do', async () => {
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [fileURLToPath(new URL('./exiting.ts', import.meta.url))], {
      timeout: 20_000,
    });

    expect(stdout.trim()).toBe('1,2,3');
  }, 30_000);
});
