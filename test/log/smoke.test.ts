import { concatMap, delay, firstValueFrom, from, map, of, Subject, toArray } from 'rxjs';
import { createLog } from '../../src/log/createLog.ts';
import { memoryDriver } from '../../src/log/memoryDriver.ts';

const codec = { toJson: (x: number) => x, fromJson: (x: unknown) => x as number };
describe('log', () => {
  it('gives all', async () => {
    const log = createLog(memoryDriver(), codec);
    const source = from(Array.from({ length: 2000 }, (_, i) => i + 1)).pipe(
      concatMap((n) => (n % 50 ? of(n) : of(n).pipe(delay(1)))),
    );
    const g = await log.start('a', source);
    const early = firstValueFrom(
      log.follow('a').pipe(
        map(({ event }) => event),
        toArray(),
      ),
    );
    expect(await g.ended).toEqual({ state: 'complete' });
    expect((await early).length).toBe(2000);
    const late = await firstValueFrom(log.follow('a', '1-777' as never).pipe(toArray()));
    expect(late[0]).toEqual({ cursor: '1-778', event: 778 });
    expect(late.length).toBe(1223);
    expect(await firstValueFrom(log.follow('a', '1-2001' as never).pipe(toArray()))).toEqual([]);
    await expect(firstValueFrom(log.follow('a', '1-2002' as never).pipe(toArray()))).rejects.toMatchObject({
      reason: 'rolled-back',
    });
    await expect(firstValueFrom(log.follow('b').pipe(toArray()))).rejects.toMatchObject({ reason: 'not-found' });
  });
  it('stops', async () => {
    const log = createLog(memoryDriver(), codec);
    const s = new Subject<number>();
    const g = await log.start('a', s);
    s.next(1);
    await log.stop('a', 'user');
    expect(await g.ended).toEqual({ state: 'stopped', reason: 'user' });
    expect(s.observed).toBe(false);
  });
});
