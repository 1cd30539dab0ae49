import { firstValueFrom, toArray } from 'rxjs';
import { createClient, RESP_TYPES } from 'redis';

import { createLog } from '../../src/log/createLog.ts';
import { type Cursor, cursorOf } from '../../src/log/Cursor.ts';
import type { OpenedLog } from '../../src/log/LogDriver.ts';
import { nodeRedis } from '../../src/log/redis/nodeRedis.ts';
import { redisDriver } from '../../src/log/redis/redisDriver.ts';
import { describeWithRedis } from '../support/redis.ts';

const codec = { toJson: (event: string) => event, fromJson: (json: unknown) => json as string };
const leaseMs = 50;
const key = (id: string): string => `rxllm:{${id}}`;

describeWithRedis('a takeover that Redis has lost', (redis) => {
  const connect = async () => {
    const client = createClient({ url: redis().url });
    await client.connect();
    return client;
  };
  let client: Awaited<ReturnType<typeof connect>>;
  let port: ReturnType<typeof nodeRedis>;

  beforeAll(async () => {
    client = await connect();
    port = nodeRedis(client);
  });
  afterAll(() => {
    port.close();
    client.destroy();
  });

  /** Brings back later what is there of a log now: what a crash does to records that were not on the disk yet. */
  const remembered = async (id: string): Promise<() => Promise<void>> => {
    const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const names = [key(id), `${key(id)}:state`];
    const dumps = await Promise.all(names.map((name) => binary.dump(name)));
    return async () => {
      await client.del(`${key(id)}:lease`);
      for (const [at, name] of names.entries()) {
        await client.restore(name, 60_000, dumps[at] as Buffer, { REPLACE: true });
      }
    };
  };

  const taken = async (id: string, owner: string): Promise<OpenedLog> => {
    await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
    return redisDriver(port, { firstEpoch: 1 }).open(id, { mode: 'takeover', owner, leaseMs, ttlMs: 60_000 });
  };

  /** A log that was written by `a`, then by `b`, and of which only what `a` wrote is there again when `back` is called. */
  const goneOn = async (id: string): Promise<{ readonly lost: number; readonly back: () => Promise<void> }> => {
    const driver = redisDriver(port, { firstEpoch: 1 });
    await driver.open(id, { mode: 'create', owner: 'a', leaseMs, ttlMs: 60_000 });
    await driver.append(id, 1, 1, ['"a1"', '"a2"']);
    const back = await remembered(id);
    const { epoch: lost } = await taken(id, 'b');
    await driver.append(id, lost, 3, ['"b3"', '"b4"', '"b5"']);
    return { lost, back };
  };

  const forked = async (id: string): Promise<{ readonly lost: number; readonly kept: number }> => {
    const driver = redisDriver(port, { firstEpoch: 1 });
    const { lost, back } = await goneOn(id);
    await back();
    const { epoch: kept } = await taken(id, 'c');
    await driver.append(id, kept, 3, ['"c3"', '"c4"', '"c5"', '"c6"']);
    await driver.end(id, kept, 7, { state: 'complete' }, 60_000);
    return { lost, kept };
  };

  it('shuts out who took over then', async () => {
    const { lost, kept } = await forked('fork-1');

    expect(lost).not.toBe(kept);
    await expect(redisDriver(port, { firstEpoch: 1 }).append('fork-1', lost, 6, ['"b6"'])).rejects.toMatchObject({
      reason: 'fenced',
    });
  });

  it('is noticed by whoever read what was written then', async () => {
    const { lost } = await forked('fork-2');
    const log = createLog(redisDriver(port, { firstEpoch: 1 }), codec);
    const behind = (seq: number): Promise<unknown> =>
      firstValueFrom(log.follow('fork-2', cursorOf({ epoch: lost, seq })).pipe(toArray()));

    await expect(behind(4)).rejects.toMatchObject({ reason: 'rolled-back' });
    await expect(behind(5)).rejects.toMatchObject({ reason: 'rolled-back' });
    await expect(firstValueFrom(log.follow('fork-2', '1-2' as Cursor).pipe(toArray()))).resolves.toHaveLength(4);
  });

  it('is noticed by whoever is reading at the time', async () => {
    const { back } = await goneOn('fork-3');
    const read: string[] = [];
    const log = createLog(redisDriver(port, { firstEpoch: 1 }), codec, { pollMs: 60 });
    const ended = new Promise((resolve) => {
      log.follow('fork-3').subscribe({
        next: ({ event }) => {
          read.push(event);
          // From here on there is a reader that is ahead of the log.
          if (event === 'b5') void back();
        },
        error: resolve,
        complete: () => {
          resolve('whole');
        },
      });
    });

    expect(await ended).toMatchObject({ reason: 'rolled-back' });
    expect(read).toEqual(['a1', 'a2', 'b3', 'b4', 'b5']);
  });
});
