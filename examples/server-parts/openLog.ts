import { createClient } from 'redis';

import { memoryLog } from '../../src/log/index.ts';
import { nodeRedis, redisLog } from '../../src/log/redis/index.ts';
import { reportError } from './reportError.ts';
import { type ServerLog, serverLog } from './serverLog.ts';

/** A log in the Redis that REDIS_URL names, for any number of servers; without it, in the memory of this one. */
export const openLog = async (): Promise<ServerLog> => {
  const { REDIS_URL } = process.env;
  if (REDIS_URL === undefined) return serverLog(memoryLog());
  const client = createClient({ url: REDIS_URL });
  client.on('error', reportError); // without a listener it would end the process; the client connects again by itself
  await client.connect();
  const port = nodeRedis(client);
  return serverLog(redisLog(port), async () => {
    port.close?.();
    await client.close();
  });
};
