import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { LogDriver } from 'rxllm/log';
import { ioRedis, nodeRedis, redisDriver, type RedisPort } from 'rxllm/redis';

import { describeEachEngine } from '../../support/redis.ts';
import { logDriverContract } from '../logDriverContract.ts';

const open = {
  nodeRedis: async (url: string) => {
    const client = createClient({ url });
    await client.connect();
    return { port: nodeRedis(client), close: () => client.destroy() };
  },
  ioRedis: async (url: string) => {
    const client = new Redis(url);
    return { port: ioRedis(client), close: () => client.disconnect() };
  },
};

describeEachEngine('redisDriver', (redis) => {
  describe.each(['nodeRedis', 'ioRedis'] as const)('over %s', (name) => {
    let connections: { readonly port: RedisPort; readonly close: () => void }[];
    let driver: LogDriver;
    let other: LogDriver;
    beforeAll(async () => {
      connections = [await open[name](redis().url), await open[name](redis().url)];
      [driver, other] = connections.map(({ port }) => redisDriver(port, { firstEpoch: 1 })) as [LogDriver, LogDriver];
    });
    afterAll(() => {
      for (const { port, close } of connections) {
        port.close();
        close();
      }
    });
    logDriverContract(() => ({ driver, other }));
  });
});
