import { setTimeout as delay } from 'node:timers/promises';
import { LogError, type LogErrorReason } from 'rxllm';
import type { LogDriver, LogEnding, LogEntry, LogHint, OpenOptions } from 'rxllm/log';

import { logStart } from '../../src/log/Cursor.ts';
import { until } from './until.ts';

/** One engine, as two servers see it. */
export interface ContractDrivers {
  readonly driver: LogDriver;
  /** Another connection to the same engine. */
  readonly other: LogDriver;
}

const refusal = async (operation: Promise<unknown>): Promise<LogErrorReason | undefined> => {
  try {
    await operation;
    return undefined;
  } catch (error) {
    if (error instanceof LogError) return error.reason;
    throw error;
  }
};

/** The values of events, whichever way they were put into entries. */
const eventsOf = (entries: readonly LogEntry[]): readonly unknown[] =>
  entries.flatMap(({ json }) => JSON.parse(json) as readonly unknown[]);

const numbers = (first: number, last: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => String(first + index));

const freshId = (): string => crypto.randomUUID();

const complete: LogEnding = { state: 'complete' };
const retainMs = 60_000;
/** So short that it is soon over, and long enough for the next call. */
const shortMs = 60;

const owned = (owner: string, leaseMs = 30_000, mode: OpenOptions['mode'] = 'create'): OpenOptions => ({
  mode,
  owner,
  leaseMs,
  ttlMs: 60_000,
});

/** What every engine owes a log: the obligations in `LogDriver.ts`, one by one. */
export const logDriverContract = (drivers: () => ContractDrivers): void => {
  /** An open log with the given events in it, in one entry each. */
  const filled = async (batches: readonly (readonly string[])[] = [], leaseMs?: number): Promise<string> => {
    const id = freshId();
    await drivers().driver.open(id, owned('first', leaseMs));
    let first = 1;
    for (const batch of batches) {
      await drivers().driver.append(id, 1, first, batch);
      first += batch.length;
    }
    return id;
  };

  /** One whose producer says nothing any more. */
  const orphaned = async (batches: readonly (readonly string[])[] = [['1', '2']]): Promise<string> =>
    filled(batches, shortMs);

  const takeOver = (id: string, owner = 'second', leaseMs?: number): Promise<{ epoch: number; seq: number }> =>
    drivers().other.open(id, owned(owner, leaseMs, 'takeover'));

  /** Gives the number of the new producer: a greater one, whichever the engine likes. */
  const takenOver = async (id: string, owner = 'second'): Promise<number> => {
    await until(async () => (await refusal(takeOver(id, owner))) === undefined);
    return (await drivers().other.state(id))?.epoch ?? NaN;
  };

  const readAll = (id: string): Promise<readonly LogEntry[]> => drivers().other.read(id, logStart, 1_000);

  describe('open', () => {
    it('begins with the first producer, before the first record', async () => {
      const { driver, other } = drivers();
      const id = freshId();

      expect(await driver.open(id, owned('first'))).toEqual({ epoch: 1, seq: 0 });
      expect(await other.state(id)).toEqual({ state: 'open', epoch: 1, seq: 0 });
      expect(await other.read(id, logStart, 10)).toEqual([]);
    });

    it('answers the same producer as it did the first time, however much was written since', async () => {
      const { driver } = drivers();
      const id = await filled([['1', '2', '3']]);

      expect(await driver.open(id, owned('first'))).toEqual({ epoch: 1, seq: 0 });
      expect(eventsOf(await readAll(id))).toEqual([1, 2, 3]);
    });

    it('refuses a second log of the same id, also once it has ended', async () => {
      const { driver, other } = drivers();
      const id = await filled();

      expect(await refusal(other.open(id, owned('second')))).toBe('exists');
      await driver.end(id, 1, 1, complete, retainMs);
      expect(await refusal(other.open(id, owned('second')))).toBe('exists');
    });

    it('lets one of many have it', async () => {
      const { driver, other } = drivers();
      const id = freshId();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          refusal((index % 2 === 0 ? driver : other).open(id, owned(`producer ${index}`))),
        ),
      );

      expect(answers.filter((reason) => reason === undefined)).toHaveLength(1);
      expect(answers.filter((reason) => reason === 'exists')).toHaveLength(19);
    });
  });

  describe('1. records are numbered from 1, without a gap', () => {
    it('gives what was appended, under its numbers', async () => {
      const id = await filled([['1', '2'], ['3']]);
      const entries = await readAll(id);

      expect(entries.map(({ first, last }) => [first, last])).toEqual([
        [1, 2],
        [3, 3],
      ]);
      expect(entries.every(({ epoch, ending }) => epoch === 1 && ending === undefined)).toBe(true);
      expect(eventsOf(entries)).toEqual([1, 2, 3]);
      expect(await drivers().other.state(id)).toEqual({ state: 'open', epoch: 1, seq: 3 });
    });

    it('holds what is odd in JSON as it is', async () => {
      const odd = ['', 'ünï✓', '\u0000\r\n\u2028', '"\\', '\ud83d', '{}', ' 1 2 3 '];
      const id = await filled([odd.map((text) => JSON.stringify(text))]);

      expect(eventsOf(await readAll(id))).toEqual(odd);
    });

    it('holds a great many, and a long one', async () => {
      const id = await filled([numbers(1, 5_000), [JSON.stringify('x'.repeat(1_000_000))]]);
      const entries = await readAll(id);

      expect(eventsOf(entries)).toHaveLength(5_001);
      expect(entries.at(-1)?.json).toHaveLength(1_000_004);
    });
  });

  describe('2. who was taken over or given up writes no more', () => {
    it('gives it to nobody while its producer is alive', async () => {
      const id = await filled([['1']]);

      expect(await refusal(takeOver(id))).toBe('busy');
      expect(await drivers().other.reap(id, retainMs)).toBe(false);
      expect(await drivers().other.state(id)).toEqual({ state: 'open', epoch: 1, seq: 1 });
    });

    it('goes on under a new number behind what is there', async () => {
      const id = await orphaned();
      const second = await takenOver(id);

      expect(second).toBeGreaterThan(1);
      expect(await drivers().other.state(id)).toEqual({ state: 'open', epoch: second, seq: 2 });
      await drivers().other.append(id, second, 3, ['3']);
      expect((await readAll(id)).map(({ epoch, first }) => [epoch, first])).toEqual([
        [1, 1],
        [second, 3],
      ]);
    });

    it('answers the one who took it over as it did the first time', async () => {
      const id = await orphaned();
      const second = await takenOver(id);
      await drivers().other.append(id, second, 3, ['3']);

      expect(await takeOver(id)).toEqual({ epoch: second, seq: 2 });
    });

    it('refuses whatever the old producer writes', async () => {
      const { driver } = drivers();
      const id = await orphaned();
      const second = await takenOver(id);

      expect(await refusal(driver.append(id, 1, 3, ['3']))).toBe('fenced');
      // Not even what is there already.
      expect(await refusal(driver.append(id, 1, 1, ['1', '2']))).toBe('fenced');
      expect(await refusal(driver.end(id, 1, 3, complete, retainMs))).toBe('fenced');
      expect(await refusal(driver.renew(id, 1, 1_000, 1_000))).toBe('fenced');
      expect(eventsOf(await readAll(id))).toEqual([1, 2]);
      expect(await driver.state(id)).toMatchObject({ state: 'open', epoch: second });
    });

    it('refuses it after a reap, too', async () => {
      const { driver, other } = drivers();
      const id = await orphaned();
      await until(() => other.reap(id, retainMs));

      expect(await refusal(driver.append(id, 1, 3, ['3']))).toBe('fenced');
      expect(await refusal(driver.append(id, 1, 4, ['4']))).toBe('fenced');
      expect(await refusal(driver.end(id, 1, 3, complete, retainMs))).toBe('fenced');
      expect(await refusal(driver.renew(id, 1, 1_000, 1_000))).toBe('fenced');
      expect(eventsOf(await readAll(id))).toEqual([1, 2]);
    });

    it('is alive as long as it renews', async () => {
      const { driver, other } = drivers();
      const id = await filled([], 1_000);
      for (let turn = 0; turn < 8; turn += 1) {
        await driver.renew(id, 1, 1_000, 60_000);
        await delay(150);
        expect(await other.reap(id, retainMs)).toBe(false);
      }
      await until(() => other.reap(id, retainMs));
    }, 10_000);

    it('is given to one of many who would take it over', async () => {
      const id = await orphaned();
      await delay(2 * shortMs);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? drivers().driver : drivers().other)
            .open(id, owned(`p${index}`, 30_000, 'takeover'))
            .catch((error: unknown) => (error as LogError).reason),
        ),
      );
      const winners = answers.filter((answer) => typeof answer !== 'string');

      expect(winners).toHaveLength(1);
      expect(answers.filter((reason) => reason === 'busy')).toHaveLength(19);
      expect(await drivers().driver.state(id)).toMatchObject(winners[0] ?? {});
    });

    it('cannot be taken over when there is none, or when it has ended', async () => {
      const { driver } = drivers();
      const id = await filled();
      await driver.end(id, 1, 1, complete, retainMs);

      expect(await refusal(takeOver(id))).toBe('closed');
      expect(await refusal(takeOver(freshId()))).toBe('not-found');
    });
  });

  describe('3. append', () => {
    it('answers for what is there already as if it had just been written', async () => {
      const { driver } = drivers();
      const id = await filled([['1', '2'], ['3']]);

      expect(await driver.append(id, 1, 1, ['1', '2'])).toEqual({ stop: undefined });
      expect(await driver.append(id, 1, 3, ['3'])).toEqual({ stop: undefined });
      expect(eventsOf(await readAll(id))).toEqual([1, 2, 3]);
    });

    it('writes once, however many of the same call are under way', async () => {
      const { driver, other } = drivers();
      const id = await filled();
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? driver : other).append(id, 1, 1, ['1', '2'])),
      );

      expect(eventsOf(await readAll(id))).toEqual([1, 2]);
    });

    it('answers the last call again once the log has ended', async () => {
      const { driver } = drivers();
      const id = await filled([['1']]);
      await driver.end(id, 1, 2, complete, retainMs);

      expect(await driver.append(id, 1, 1, ['1'])).toEqual({ stop: undefined });
    });

    it('is refused behind a gap, which is told', async () => {
      const { driver } = drivers();
      const id = await filled([['1', '2']]);

      await expect(driver.append(id, 1, 5, ['5'])).rejects.toMatchObject({ reason: 'gap', seq: 2, logId: id });
      await expect(driver.end(id, 1, 4, complete, retainMs)).rejects.toMatchObject({ reason: 'gap', seq: 2 });
      expect(eventsOf(await readAll(id))).toEqual([1, 2]);
      await driver.append(id, 1, 3, ['3', '4']);
      await driver.append(id, 1, 5, ['5']);
      expect(eventsOf(await readAll(id))).toEqual([1, 2, 3, 4, 5]);
    });
  });

  describe('4. an ending', () => {
    it.each<LogEnding>([
      complete,
      { state: 'stopped', reason: 'the user\n"said" so ✓' },
      { state: 'failed', error: { name: 'HttpError', message: 'status 500', fields: { status: 500 } } },
      { state: 'lost' },
    ])('has a number of its own: $state', async (ending) => {
      const { driver } = drivers();
      const id = await filled([['1']]);
      await driver.end(id, 1, 2, ending, retainMs);

      expect((await readAll(id)).at(-1)).toEqual({ epoch: 1, first: 2, last: 2, json: '[]', ending });
      expect(await driver.state(id)).toEqual({ state: ending.state, epoch: 1, seq: 2 });
    });

    it('is there once, however often it is written', async () => {
      const { driver } = drivers();
      const id = await filled();
      await driver.end(id, 1, 1, complete, retainMs);
      await driver.end(id, 1, 1, complete, retainMs);

      expect((await readAll(id)).map(({ ending }) => ending)).toEqual([complete]);
    });

    it('is followed by nothing', async () => {
      const { driver, other } = drivers();
      const id = await filled();
      await driver.end(id, 1, 1, complete, retainMs);

      expect(await refusal(driver.append(id, 1, 2, ['2']))).toBe('closed');
      expect(await refusal(driver.end(id, 1, 2, complete, retainMs))).toBe('closed');
      expect(await refusal(driver.renew(id, 1, 1_000, 1_000))).toBe('closed');
      expect(await other.stop(id, 'too late')).toBe(false);
      expect(await other.reap(id, retainMs)).toBe(false);
      expect(await readAll(id)).toHaveLength(1);
    });
  });

  describe('5. read', () => {
    const places = async (epoch: number, seq: number, id: string): Promise<readonly (readonly number[])[]> =>
      (await drivers().other.read(id, { epoch, seq }, 100)).map(({ first, last }) => [first, last]);

    it('gives the entries behind a place, and the one that it is in the middle of', async () => {
      const id = await filled([['1', '2', '3'], ['4'], ['5', '6']]);

      expect(await places(1, 3, id)).toEqual([
        [4, 4],
        [5, 6],
      ]);
      expect(await places(1, 1, id)).toEqual([
        [1, 3],
        [4, 4],
        [5, 6],
      ]);
      expect(await places(1, 5, id)).toEqual([[5, 6]]);
      expect(await places(1, 6, id)).toEqual([]);
      expect(await places(1, 999_999_999_999_999, id)).toEqual([]);
      expect(await places(999_999_999, 0, id)).toEqual([]);
    });

    it('gives no more than is asked for', async () => {
      const id = await filled([['1'], ['2'], ['3']]);
      const { other } = drivers();

      expect(eventsOf(await other.read(id, logStart, 2))).toEqual([1, 2]);
      expect(eventsOf(await other.read(id, { epoch: 1, seq: 2 }, 2))).toEqual([3]);
    });

    it('goes by the producer before the number', async () => {
      const id = await orphaned([['1', '2']]);
      const second = await takenOver(id);
      await drivers().other.append(id, second, 3, ['3']);

      // One that was further than the log is now: what is new to it comes, and tells it so.
      expect(await places(1, 7, id)).toEqual([[3, 3]]);
      expect(await places(second, 0, id)).toEqual([[3, 3]]);
      expect(await places(second, 2, id)).toEqual([[3, 3]]);
    });

    it('is refused where there is no log', async () => {
      expect(await refusal(drivers().other.read(freshId(), logStart, 10))).toBe('not-found');
      expect(await drivers().other.state(freshId())).toBeUndefined();
    });
  });

  describe('6. tail', () => {
    it('tells everything that is written after it resolved', async () => {
      const { driver, other } = drivers();
      const id = await filled([['1']]);
      const hints: LogHint[] = [];
      const untail = await other.tail(id, (hint) => hints.push(hint));
      await driver.append(id, 1, 2, [JSON.stringify('two\n 2 3 4'), '3']);
      await driver.stop(id, 'enough "now"\n');
      await driver.end(id, 1, 4, { state: 'stopped', reason: 'enough "now"\n' }, retainMs);
      await until(async () => hints.length >= 3);
      untail();

      expect(hints.filter(({ entry }) => entry).map(({ entry }) => entry)).toEqual(
        (await readAll(id)).filter(({ first }) => first > 1),
      );
      expect(hints.filter(({ stop }) => stop !== undefined).map(({ stop }) => stop)).toEqual(['enough "now"\n']);
    });

    it('tells every listener, and no longer the one who left', async () => {
      const { driver, other } = drivers();
      const id = await filled();
      const told = [0, 0, 0];
      const untail = await Promise.all(
        [driver, other, other].map((from, index) => from.tail(id, () => (told[index] = (told[index] ?? 0) + 1))),
      );
      await driver.append(id, 1, 1, ['1']);
      await until(async () => told.every((times) => times === 1));
      untail[1]?.();
      await driver.append(id, 1, 2, ['2']);
      await until(async () => told[0] === 2 && told[2] === 2);
      for (const leave of untail) leave();

      expect(told).toEqual([2, 1, 2]);
    });

    it('misses nothing of a log that is tailed and left in quick succession', async () => {
      const { driver, other } = drivers();
      const id = await filled();
      for (let seq = 1; seq <= 20; seq += 1) {
        let isTold = false;
        const untail = await other.tail(id, () => (isTold = true));
        await driver.append(id, 1, seq, [String(seq)]);
        await until(async () => isTold);
        untail();
      }
    });

    it('says nothing of what was refused', async () => {
      const { driver, other } = drivers();
      const id = await orphaned();
      const second = await takenOver(id);
      const hints: LogHint[] = [];
      const untail = await other.tail(id, (hint) => hints.push(hint));
      await refusal(driver.append(id, 1, 3, ['3']));
      await refusal(driver.end(id, 1, 3, complete, retainMs));
      await other.append(id, second, 3, ['"mine"']);
      await until(async () => hints.length > 0);
      untail();

      expect(hints).toEqual([{ entry: { epoch: second, first: 3, last: 3, json: '["mine"]', ending: undefined } }]);
    });
  });

  describe('7. every log expires', () => {
    it('is gone so long after it was last renewed', async () => {
      const { driver, other } = drivers();
      const id = freshId();
      await driver.open(id, { ...owned('first', 50), ttlMs: 100 });
      await driver.append(id, 1, 1, ['1']);
      await until(async () => (await other.state(id)) === undefined);

      expect(await refusal(other.read(id, logStart, 10))).toBe('not-found');
      expect(await refusal(driver.append(id, 1, 2, ['2']))).toBe('not-found');
      expect(await refusal(driver.end(id, 1, 2, complete, retainMs))).toBe('not-found');
      expect(await refusal(driver.renew(id, 1, 50, 100))).toBe('not-found');
      expect(await other.reap(id, retainMs)).toBe(false);
      expect(await other.stop(id, 'late')).toBe(false);
    });

    it('is kept while it is renewed', async () => {
      const { driver, other } = drivers();
      const id = freshId();
      await driver.open(id, { ...owned('first', 50), ttlMs: 400 });
      for (let turn = 0; turn < 10; turn += 1) {
        await delay(60);
        await driver.renew(id, 1, 50, 400);
      }
      expect(await other.state(id)).toBeDefined();
    });

    it('is kept from the beginning again by who takes it over', async () => {
      const { driver, other } = drivers();
      const id = freshId();
      await driver.open(id, { ...owned('first', 50), ttlMs: 300 });
      await driver.append(id, 1, 1, ['1']);
      const second = await takenOver(id);
      await delay(350);

      expect(await other.state(id)).toMatchObject({ epoch: second });
      expect(eventsOf(await readAll(id))).toEqual([1]);
    });

    it('is gone so long after it ended, or was given up', async () => {
      const { driver, other } = drivers();
      const ended = await filled([['1']]);
      await driver.end(ended, 1, 2, complete, 50);
      const lost = await orphaned();
      await until(() => other.reap(lost, 50));
      await until(async () => (await other.state(ended)) === undefined && (await other.state(lost)) === undefined);

      expect(await refusal(other.read(ended, logStart, 10))).toBe('not-found');
    });

    it('begins anew under the id of one that is gone', async () => {
      const { driver, other } = drivers();
      const id = await filled([['1']]);
      await driver.end(id, 1, 2, complete, 30);
      await until(async () => (await refusal(other.open(id, owned('second')))) === undefined);

      expect(await readAll(id)).toEqual([]);
    });
  });

  describe('stop', () => {
    it('is kept, and told by every append and renewal from then on', async () => {
      const { driver, other } = drivers();
      const id = await filled([['1']]);

      expect(await other.stop(id, 'user')).toBe(true);
      expect(await driver.append(id, 1, 2, ['2'])).toEqual({ stop: 'user' });
      expect(await driver.append(id, 1, 2, ['2'])).toEqual({ stop: 'user' });
      expect(await driver.renew(id, 1, 30_000, 60_000)).toEqual({ stop: 'user' });
    });

    it('has the reason that came first, which may be empty', async () => {
      const { driver, other } = drivers();
      const id = await filled();

      expect(await other.stop(id, '')).toBe(true);
      expect(await other.stop(id, 'again')).toBe(true);
      expect(await driver.renew(id, 1, 30_000, 60_000)).toEqual({ stop: '' });
    });

    it('is told to who takes over', async () => {
      const id = await orphaned();
      await drivers().other.stop(id, 'user');
      const second = await takenOver(id);

      expect(await drivers().other.renew(id, second, 30_000, 60_000)).toEqual({ stop: 'user' });
    });

    it('has nothing to do where there is no log', async () => {
      expect(await drivers().other.stop(freshId(), 'user')).toBe(false);
    });
  });

  describe('reap', () => {
    it('ends a log whose lease has run out as lost, and not before', async () => {
      const { driver, other } = drivers();
      const askedAtMs = Date.now();
      const id = await filled([['1', '2']], 200);
      await until(() => other.reap(id, retainMs));

      expect(Date.now() - askedAtMs).toBeGreaterThanOrEqual(199);
      const epoch = (await driver.state(id))?.epoch ?? NaN;

      expect(epoch).toBeGreaterThan(1);
      expect((await readAll(id)).at(-1)).toEqual({ epoch, first: 3, last: 3, json: '[]', ending: { state: 'lost' } });
      expect(await driver.state(id)).toEqual({ state: 'lost', epoch, seq: 3 });
    });

    it('ends it as stopped, where that was asked for', async () => {
      const { other } = drivers();
      const reason = 'the user\n"said" so ✓ \\ / \u2028';
      const id = await orphaned([]);
      await other.stop(id, reason);
      const hints: LogHint[] = [];
      const untail = await other.tail(id, (hint) => hints.push(hint));
      await until(() => other.reap(id, retainMs));
      await until(async () => hints.length > 0);
      untail();
      const epoch = (await other.state(id))?.epoch;
      const ending = { epoch, first: 1, last: 1, json: '[]', ending: { state: 'stopped', reason } };

      expect(await readAll(id)).toEqual([ending]);
      expect(hints).toEqual([{ entry: ending }]);
    });

    it('is done by one of many, who is told', async () => {
      const { driver, other } = drivers();
      const id = await orphaned();
      await delay(2 * shortMs);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? driver : other).reap(id, retainMs)),
      );

      expect(answers.filter((isDone) => isDone)).toHaveLength(1);
      expect(await readAll(id)).toHaveLength(2);
    });

    it('has nothing to do where there is no log', async () => {
      expect(await drivers().other.reap(freshId(), retainMs)).toBe(false);
    });
  });

  describe('ids', () => {
    it.each([
      ['spaces and line ends', ' a b\n\r\t'],
      ['braces', '}{a}{}'],
      ['nothing at all', ''],
      ['a zero and what is not ASCII', '\u0000 ✓ 日本'],
      ['patterns', '*?[a-z]:%00'],
      ['ten thousand characters', 'x'.repeat(10_000)],
    ])('may hold %s', async (_, id) => {
      const { driver, other } = drivers();
      await driver.open(id, { ...owned('first'), ttlMs: 2_000, leaseMs: 500 });
      let isTold = false;
      const untail = await other.tail(id, () => (isTold = true));
      await driver.append(id, 1, 1, ['1']);
      await until(async () => isTold);
      untail();

      expect(eventsOf(await other.read(id, logStart, 10))).toEqual([1]);
      expect(await other.state(`${id} `)).toBeUndefined();
      expect(await other.stop(id, 'user')).toBe(true);
      await driver.end(id, 1, 2, complete, 50);
      await until(async () => (await other.state(id)) === undefined);
    });
  });
};
