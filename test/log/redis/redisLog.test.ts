import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { concatMap, map, NEVER, type Observable, of, range, Subject, timer } from 'rxjs';
import type { Cursor } from 'rxllm/log';
import { ioRedis, nodeRedis, redisDriver, redisLog, type RedisPort } from 'rxllm/redis';

import { describeEachEngine, describeWithRedis, type RedisServer } from '../../support/redis.ts';
import { until } from '../until.ts';
import { all, numbers } from '../records.ts';

interface Connected {
  readonly port: RedisPort;
  readonly close: () => void;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

const connect = {
  nodeRedis: async ({ url }: RedisServer, login?: Login): Promise<Connected> => {
    const client = createClient({ url, ...login });
    client.on('error', () => undefined);
    await client.connect();
    return { port: nodeRedis(client), close: () => client.destroy() };
  },
  ioRedis: async ({ url }: RedisServer, login?: Login): Promise<Connected> => {
    const client = new Redis(url, { ...login, lazyConnect: true });
    client.on('error', () => undefined);
    await client.connect();
    return { port: ioRedis(client), close: () => client.disconnect() };
  },
};

const clients = ['nodeRedis', 'ioRedis'] as const;

const opened: Connected[] = [];
const portOf = async (name: (typeof clients)[number], redis: RedisServer, login?: Login): Promise<RedisPort> => {
  const connected = await connect[name](redis, login);
  opened.push(connected);
  return connected.port;
};

/** A command from outside, through no client that is tested. */
const admin = async (redis: RedisServer, ...args: readonly string[]): Promise<unknown> => {
  const client = new Redis(redis.url, { lazyConnect: true });
  try {
    await client.connect();
    return await client.call(...(args as [string, ...string[]]));
  } finally {
    client.disconnect();
  }
};

const slowly = (count: number): Observable<number> =>
  range(1, count).pipe(concatMap((n) => timer(1).pipe(map(() => n))));

const failure = (records: Observable<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    records.subscribe({ error: resolve, complete: () => reject(new Error('it completed')) });
  });

let count = 0;
const freshId = (): string => `log-${(count += 1)}`;

afterEach(() => {
  for (const { port, close } of opened.splice(0)) {
    port.close();
    close();
  }
});

describeEachEngine('redisLog', (redis) => {
  describe.each(clients)('over %s', (name) => {
    const other = name === 'nodeRedis' ? 'ioRedis' : 'nodeRedis';

    it('gives each event once and in order, while connections break', async () => {
      const here = redisLog<number>(await portOf(name, redis()), { pollMs: 200 });
      const there = redisLog<number>(await portOf(other, redis()), { pollMs: 200 });
      const id = freshId();
      const { ended } = await here.start(id, slowly(400));
      const followed = [all(here.follow(id)), all(there.follow(id))];
      for (let round = 0; round < 8; round += 1) {
        await delay(40);
        await admin(redis(), 'CLIENT', 'KILL', 'TYPE', 'normal');
        if (round % 2 === 0) await admin(redis(), 'CLIENT', 'KILL', 'TYPE', 'pubsub');
      }

      expect(await ended).toEqual({ state: 'complete' });
      expect(await Promise.all(followed)).toEqual([numbers(1, 400), numbers(1, 400)]);
      expect(await all(there.follow(id))).toEqual(numbers(1, 400));
    }, 30_000);

    it('goes on when the server has forgotten its scripts', async () => {
      const log = redisLog<number>(await portOf(name, redis()));
      const id = freshId();
      const events = new Subject<number>();
      const { ended } = await log.start(id, events);
      events.next(1);
      await admin(redis(), 'SCRIPT', 'FLUSH');
      events.next(2);
      await delay(20);
      await admin(redis(), 'SCRIPT', 'FLUSH');
      expect(await log.stop(id, 'enough')).toBe(true);

      expect(await ended).toEqual({ state: 'stopped', reason: 'enough' });
      expect(await all(log.follow(id))).toEqual([1, 2]);
    });

    it('finds what it was not told of', async () => {
      const port = await portOf(name, redis());
      const deaf: RedisPort = { ...port, subscribe: (channel) => port.subscribe(channel, () => undefined) };
      const log = redisLog<number>(await portOf(name, redis()));
      const id = freshId();
      await log.start(id, slowly(100));

      expect(await all(redisLog<number>(deaf, { pollMs: 30 }).follow(id))).toEqual(numbers(1, 100));
    });

    it('has two connections, however many answers there are', async () => {
      const connections = async (): Promise<number> =>
        String(await admin(redis(), 'CLIENT', 'LIST'))
          .trim()
          .split('\n').length - 1;
      const before = await connections();
      const log = redisLog<number>(await portOf(name, redis()));
      const ids = numbers(1, 200).map(() => freshId());
      await Promise.all(ids.map((id) => log.start(id, of(1, 2, 3).pipe(concatMap((n) => (n < 3 ? of(n) : NEVER))))));
      const seen = ids.map(() => 0);
      const following = ids.map((id, index) =>
        log.follow(id).subscribe(() => {
          seen[index] = (seen[index] ?? 0) + 1;
        }),
      );
      await until(() => seen.every((events) => events >= 2));

      expect((await connections()) - before).toBe(2);
      for (const subscription of following) subscription.unsubscribe();
      await Promise.all(ids.map((id) => log.stop(id)));
      await delay(50);
      // Nobody listens any more.
      expect(await admin(redis(), 'PUBSUB', 'CHANNELS', '*log-*')).toEqual([]);
    }, 20_000);

    it('begins anew where Redis had no room for the state of the log that had the id', async () => {
      const port = await portOf(name, redis());
      const id = freshId();
      const before = redisLog<number>(port, { firstEpoch: 9 });
      await (
        await before.start(id, of(1, 2, 3))
      ).ended;
      await admin(redis(), 'DEL', `rxllm:{${id}}:state`);
      const log = redisLog<number>(port, { firstEpoch: 5 });
      const { ended } = await log.start(id, of(4, 5), { leaseMs: 500 });

      expect(await ended).toEqual({ state: 'complete' });
      expect(await all(log.follow(id))).toEqual([4, 5]);
    });

    it('lets every key expire, from the first write on', async () => {
      const driver = redisDriver(await portOf(name, redis()), { prefix: `${name}-expiry:`, firstEpoch: 1 });
      const ttls = async (): Promise<readonly number[]> => {
        const keys = (await admin(redis(), 'KEYS', `${name}-expiry:*`)) as string[];
        return Promise.all(keys.map(async (key) => Number(await admin(redis(), 'PTTL', key))));
      };
      const options = { mode: 'create', owner: 'me', leaseMs: 40, ttlMs: 50_000 } as const;
      await driver.open('a', options);
      await driver.append('a', 1, 1, ['1']);
      await driver.open('b', options);
      await driver.stop('b', 'user');
      await driver.open('c', options);
      await driver.renew('c', 1, 40, 50_000);
      await driver.append('c', 1, 1, ['1']);
      expect((await ttls()).every((ms) => ms >= 0 && ms <= 50_000)).toBe(true);
      await delay(60);
      await driver.reap('a', 30_000);
      await driver.reap('b', 30_000);
      const { epoch } = await driver.open('c', { ...options, mode: 'takeover', owner: 'other' });
      await driver.append('c', epoch, 2, ['2']);
      await driver.end('c', epoch, 3, { state: 'complete' }, 30_000);

      const left = await ttls();
      // Two keys each: the state and the entries.
      expect(left).toHaveLength(6);
      expect(left.every((ms) => ms > 25_000 && ms <= 30_000)).toBe(true);
    });

    it('needs few rights, and tries again where it was refused one', async () => {
      const login = { username: `user-${name}`, password: 'secret' };
      const rights = [
        ...['+evalsha', '+eval', '+script|load', '+hmget', '+exists', '+xrange', '+subscribe', '+unsubscribe'],
        // What the scripts do.
        ...['+hget', '+hset', '+hsetnx', '+hincrby', '+xadd', '+set', '+del', '+pttl', '+pexpire', '+publish'],
        // ioredis asks whether the server is ready; without, it says so, and goes on.
        '+info',
      ];
      await admin(
        redis(),
        'ACL',
        'SETUSER',
        login.username,
        'on',
        '>secret',
        '~rxllm:*',
        'resetchannels',
        '-@all',
        ...rights,
      );
      const log = redisLog<number>(await portOf(name, redis(), login), { pollMs: 50 });
      const id = freshId();
      const { ended } = await log.start(id, slowly(20));

      // It may not listen yet.
      expect(String(await failure(log.follow(id)))).toMatch(/NOPERM|permissions/i);
      await admin(redis(), 'ACL', 'SETUSER', login.username, '&rxllm:*');
      const followed = all(log.follow(id));
      expect(await ended).toEqual({ state: 'complete' });
      expect(await followed).toEqual(numbers(1, 20));
      const stopped = freshId();
      await log.start(stopped, NEVER);
      expect(await log.stop(stopped, 'enough')).toBe(true);
      expect(await log.state(stopped)).toBeDefined();
      const driver = redisDriver(await portOf(name, redis(), login), { firstEpoch: 1 });
      const lost = freshId();
      await driver.open(lost, { mode: 'create', owner: 'me', leaseMs: 20, ttlMs: 10_000 });
      expect(await failure(log.follow(lost))).toMatchObject({ reason: 'lost' });
    }, 20_000);
  });
});

describeWithRedis(
  'redisLog in a cluster',
  (redis) => {
    it.each(['a', '', '}', '{}', '}{a}{}', '{a', 'a}b', '%', '%7D', '\n{\r}', ' '])(
      'keeps all that belongs to %j on one node, apart from others',
      async (id) => {
        await admin(redis(), 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383').catch(() => undefined);
        await until(async () => String(await admin(redis(), 'CLUSTER', 'INFO')).includes('cluster_state:ok'), 15_000);
        const log = redisLog<number>(await portOf('nodeRedis', redis()), { prefix: `${freshId()}:` });
        const { ended } = await log.start(id, of(1, 2, 3));

        expect(await ended).toEqual({ state: 'complete' });
        expect(await all(log.follow(id))).toEqual([1, 2, 3]);
        expect(await log.state(`${id}}`)).toBeUndefined();
      },
      20_000,
    );
  },
  { settings: ['--cluster-enabled', 'yes'] },
);

describeWithRedis(
  'redisLog on an engine that comes back without its last writes',
  (redis) => {
    /** The file that writes go to, and how long it is. */
    const written = (): { readonly path: string; readonly bytes: number } => {
      const folder = join(redis().folder, 'appendonlydir');
      const name = readdirSync(folder).find((file) => file.endsWith('.incr.aof')) ?? '';
      return { path: join(folder, name), bytes: statSync(join(folder, name)).size };
    };

    /** A power cut: what was written since is gone. */
    const forget = async ({ path, bytes }: ReturnType<typeof written>): Promise<void> => {
      await redis().kill();
      truncateSync(path, bytes);
      await redis().restart();
    };

    it.each(clients)(
      'writes again what it forgot, while the producer lives, over %s',
      async (name) => {
        const log = redisLog<number>(await portOf(name, redis()), { pollMs: 100 });
        const id = freshId();
        const events = new Subject<number>();
        const { ended } = await log.start(id, events);
        const followed = all(log.follow(id));
        for (const n of [1, 2, 3]) events.next(n);
        await delay(50);
        const place = written();
        for (const n of [4, 5, 6]) events.next(n);
        await delay(50);
        expect(await log.state(id)).toMatchObject({ seq: 6 });
        await forget(place);
        events.next(7);
        events.complete();

        expect(await ended).toEqual({ state: 'complete' });
        expect(await followed).toEqual(numbers(1, 7));
        expect(await all(redisLog<number>(await portOf(name, redis())).follow(id))).toEqual(numbers(1, 7));
      },
      30_000,
    );

    it.each(clients)(
      'tells readers who had more than there is, and those who come back, over %s',
      async (name) => {
        const driver = redisDriver(await portOf(name, redis()), { firstEpoch: 1 });
        const log = redisLog<number>(await portOf(name, redis()), { pollMs: 100 });
        const id = freshId();
        await driver.open(id, { mode: 'create', owner: 'dead', leaseMs: 400, ttlMs: 60_000 });
        await driver.append(id, 1, 1, ['1', '2', '3']);
        const place = written();
        await driver.append(id, 1, 4, ['4', '5', '6']);
        const seen: number[] = [];
        const followed = new Promise((resolve) => {
          log.follow(id).subscribe({ next: ({ event }) => seen.push(event), error: resolve });
        });
        await until(() => seen.length === 6);
        await forget(place);

        expect(await followed).toMatchObject({ reason: 'rolled-back', isRetryable: true });
        for (const seq of [4, 5, 6]) {
          expect(await failure(log.follow(id, `1-${seq}` as Cursor))).toMatchObject({ reason: 'rolled-back' });
        }
        expect(await failure(log.follow(id, '1-3' as Cursor))).toMatchObject({ reason: 'lost' });
        const left: number[] = [];
        await new Promise((resolve) => {
          log.follow(id).subscribe({ next: ({ event }) => left.push(event), error: resolve });
        });
        expect(left).toEqual([1, 2, 3]);
      },
      30_000,
    );

    it('never takes what one producer wrote for a continuation of what another did', async () => {
      const driver = redisDriver(await portOf('nodeRedis', redis()), { firstEpoch: 1 });
      const id = freshId();
      await driver.open(id, { mode: 'create', owner: 'dead', leaseMs: 1, ttlMs: 60_000 });
      await driver.append(id, 1, 1, ['1']);
      await delay(20);
      const place = written();
      const second = await driver.open(id, { mode: 'takeover', owner: 'second', leaseMs: 1, ttlMs: 60_000 });
      await driver.append(id, second.epoch, 2, ['"second"', '"second"']);
      await forget(place);
      await delay(20);
      const third = await driver.open(id, { mode: 'takeover', owner: 'third', leaseMs: 60_000, ttlMs: 60_000 });
      await driver.append(id, third.epoch, 2, ['"third"', '"third"', '"third"']);
      await driver.end(id, third.epoch, 5, { state: 'complete' }, 60_000);
      const log = redisLog<unknown>(await portOf('ioRedis', redis()));

      expect(third.epoch).not.toBe(second.epoch);
      expect(await failure(log.follow(id, `${second.epoch}-3` as Cursor))).toMatchObject({ reason: 'rolled-back' });
      expect(await all(log.follow(id, '1-1' as Cursor))).toEqual(['third', 'third', 'third']);
    }, 20_000);
  },
  { aof: 'always' },
);
