import { firstValueFrom, map, of, toArray } from 'rxjs';
import { type Cursor, memoryLog, type StreamLog } from 'rxllm/log';
import { nodeRedis, redisLog } from 'rxllm/redis';
import { createClient } from 'redis';

import { describeWithRedis } from '../support/redis.ts';
import { until } from './until.ts';

const soon = { retainMs: 20 };

/** Behind the first record of an answer that has expired, where another one has its id now. */
const behindTheOld = async (log: StreamLog<string>): Promise<readonly string[]> => {
  const cursors: Cursor[] = [];
  const { ended } = await log.start('a', of('old', 'older'), soon);
  log.follow('a').subscribe(({ cursor }) => cursors.push(cursor));
  await ended;
  await until(() => cursors.length === 2);
  await until(async () => (await log.state('a')) === undefined);
  await (
    await log.start('a', of('new', 'newer'))
  ).ended;
  return firstValueFrom(
    log.follow('a', cursors[0]).pipe(
      map(({ event }) => event),
      toArray(),
    ),
  );
};

describe('an id that was used before', () => {
  it('is told from the answer that had it, in memory', async () => {
    await expect(behindTheOld(memoryLog<string>())).rejects.toMatchObject({ reason: 'rolled-back' });
  });
});

describeWithRedis('an id that was used before, in Redis', (redis) => {
  it('is told from the answer that had it', async () => {
    const client = await createClient({ url: redis().url }).connect();
    const port = nodeRedis(client);

    await expect(behindTheOld(redisLog<string>(port))).rejects.toMatchObject({ reason: 'rolled-back' });
    port.close();
    client.destroy();
  });
});
