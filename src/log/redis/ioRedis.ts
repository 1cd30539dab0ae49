import type { RedisPort } from './RedisPort.ts';

/** The part of a client of the `ioredis` package, or of `iovalkey`, that is used. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(): IoRedisSubscriber;
}

interface IoRedisSubscriber {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the client itself declares it
  on(event: string, listener: (...args: any[]) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  disconnect(): void;
}

/**
 * A port of a client of the `ioredis` package, or of `iovalkey`; it opens one more connection, for subscriptions.
 *
 * @example A client that waits as long as it must
 * ```ts
 * import { Redis } from 'ioredis';
 * import { of } from 'rxjs';
 * import { ioRedis, redisLog } from 'rxllm/redis';
 *
 * const client = new Redis(process.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
 * const port = ioRedis(client);
 * const { ended } = await redisLog<string>(port).start('question-3', of('To be'));
 *
 * await ended; // => { state: 'complete' }
 * port.close();
 * client.disconnect();
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const ioRedis = (client: IoRedisClient): RedisPort => {
  const subscriber = client.duplicate();
  const listeners = new Map<string, (message: string) => void>();
  const reconnected: (() => void)[] = [];
  subscriber.on('error', () => undefined);
  subscriber.on('message', (channel: string, message: string) => listeners.get(channel)?.(message));
  subscriber.on('ready', () => {
    // Its own subscriptions are sent again behind this event, on the same connection.
    setTimeout(() => {
      for (const callback of reconnected) callback();
    }, 5);
  });
  return {
    send: ([command = '', ...args]) => client.call(command, ...args),
    async subscribe(channel, onMessage) {
      listeners.set(channel, onMessage);
      await subscriber.subscribe(channel);
    },
    async unsubscribe(channel) {
      listeners.delete(channel);
      await subscriber.unsubscribe(channel);
    },
    onReconnect(callback) {
      reconnected.push(callback);
    },
    close() {
      subscriber.disconnect();
    },
  };
};
