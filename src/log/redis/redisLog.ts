import type { Delta } from '../../deltas/Delta.ts';
import { createLog } from '../createLog.ts';
import { deltaCodec, type LogCodec } from '../LogCodec.ts';
import type { LogOptions, StreamLog } from '../StreamLog.ts';
import { redisDriver, type RedisLogOptions } from './redisDriver.ts';
import type { RedisPort } from './RedisPort.ts';

/**
 * A log in Redis (6.2 or newer) or Valkey: an answer that one server writes is read, resumed and stopped on any other.
 *
 * - **Shape:** a `StreamLog`, of deltas or of anything else that JSON can hold
 * - **Memory:** here the last `maxCacheBytes` of each log that is read; in Redis every answer whole, at most `maxBytes` each. Every
 *   key expires: `ttlMs` after its producer was last heard of, `retainMs` after the end
 * - **Errors:** `LogError`; `InvalidOptionError` thrown at the call. Lost connections are waited out
 * - **Source:** two connections for a process, whatever the number of answers: the client's own, and one for subscriptions
 *
 * @example Written by one server, read by another
 * ```ts
 * import { createClient } from 'redis';
 * import { firstValueFrom, map, of, toArray } from 'rxjs';
 * import { nodeRedis, redisLog } from 'rxllm/redis';
 *
 * const connect = () => createClient({ url: process.env['REDIS_URL'] ?? '' }).connect();
 * const clients = [await connect(), await connect()] as const;
 * const ports = [nodeRedis(clients[0]), nodeRedis(clients[1])] as const;
 * await redisLog<string>(ports[0]).start('question-1', of('To', ' be'));
 * const words$ = redisLog<string>(ports[1]).follow('question-1').pipe(map(({ event }) => event), toArray());
 *
 * await firstValueFrom(words$); // => ['To', ' be']
 * for (const port of ports) port.close();
 * for (const client of clients) client.destroy();
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const redisLog = <T = Delta>(port: RedisPort, options: LogOptions<T> & RedisLogOptions = {}): StreamLog<T> =>
  createLog(redisDriver(port, options), deltaCodec as LogCodec<T>, options);
