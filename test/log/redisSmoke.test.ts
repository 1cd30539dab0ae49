import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createClient } from 'redis';
import { Redis } from 'ioredis';
import { concatMap, delay, firstValueFrom, from, map, of, Subject, toArray } from 'rxjs';
import { createLog } from '../../src/log/createLog.ts';
import { redisDriver } from '../../src/log/redis/redisDriver.ts';
import { nodeRedis } from '../../src/log/redis/nodeRedis.ts';
import { ioRedis } from '../../src/log/redis/ioRedis.ts';

const codec = { toJson: (x: number) => x, fromJson: (x: unknown) => x as number };
let server: any;
let a: any;
let b: any;
let ports: any[];
beforeAll(async () => {
  server = spawn('redis-server', [
    '--port',
    '7911',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    mkdtempSync('/tmp/r-'),
  ]);
  await new Promise((r) => server.stdout.on('data', (d: any) => String(d).includes('Ready') && r(0)));
  a = createClient({ url: 'redis://127.0.0.1:7911' });
  await a.connect();
  b = new Redis({ port: 7911 });
  ports = [nodeRedis(a), ioRedis(b)];
});
afterAll(async () => {
  ports.forEach((p) => p.close());
  a.destroy();
  b.disconnect();
  server.kill();
});
describe.each([0, 1])('log %s', (n) => {
  it('gives all', async () => {
    const log = createLog(redisDriver(ports[n]), codec);
    const other = createLog(redisDriver(ports[1 - n]), codec);
    const id = 'a' + n;
    const source = from(Array.from({ length: 2000 }, (_, i) => i + 1)).pipe(
      concatMap((n) => (n % 50 ? of(n) : of(n).pipe(delay(1)))),
    );
    const g = await log.start(id, source);
    const early = firstValueFrom(
      log.follow(id).pipe(
        map(({ event }) => event),
        toArray(),
      ),
    );
    const there = firstValueFrom(
      other.follow(id).pipe(
        map(({ event }) => event),
        toArray(),
      ),
    );
    expect(await g.ended).toEqual({ state: 'complete' });
    expect(await early).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    expect(await there).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
    const late = await firstValueFrom(log.follow(id, '1-777' as never).pipe(toArray()));
    expect(late[0]).toEqual({ cursor: '1-778', event: 778 });
    expect(late.length).toBe(1223);
    expect(await firstValueFrom(log.follow(id, '1-2001' as never).pipe(toArray()))).toEqual([]);
    await expect(firstValueFrom(log.follow(id, '1-2002' as never).pipe(toArray()))).rejects.toMatchObject({
      reason: 'rolled-back',
    });
    await expect(firstValueFrom(log.follow('nope').pipe(toArray()))).rejects.toMatchObject({ reason: 'not-found' });
  });
  it('stops from elsewhere', async () => {
    const log = createLog(redisDriver(ports[n]), codec);
    const other = createLog(redisDriver(ports[1 - n]), codec);
    const s = new Subject<number>();
    const g = await log.start('s' + n, s);
    s.next(1);
    expect(await other.stop('s' + n, 'user')).toBe(true);
    expect(await g.ended).toEqual({ state: 'stopped', reason: 'user' });
    expect(s.observed).toBe(false);
  });
  it('is lost', async () => {
    const driver = redisDriver(ports[n]);
    await driver.open('l' + n, { mode: 'create', owner: 'me', leaseMs: 100, ttlMs: 10000 });
    await driver.append('l' + n, 1, 1, ['1', '2']);
    const log = createLog(driver, codec, { pollMs: 50 });
    const got: number[] = [];
    await expect(
      new Promise((_, r) => log.follow('l' + n).subscribe({ next: ({ event }) => got.push(event), error: r })),
    ).rejects.toMatchObject({ reason: 'lost' });
    expect(got).toEqual([1, 2]);
    await driver.open('t' + n, { mode: 'create', owner: 'me', leaseMs: 100, ttlMs: 10000 });
    await driver.append('t' + n, 1, 1, ['1', '2']);
    const on = createLog(driver, codec, {
      pollMs: 50,
      continueWith: (_id, soFar) => of(soFar.length + 1, soFar.length + 2),
    });
    expect(
      await firstValueFrom(
        on.follow('t' + n).pipe(
          map(({ event }) => event),
          toArray(),
        ),
      ),
    ).toEqual([1, 2, 3, 4]);
  });
});
