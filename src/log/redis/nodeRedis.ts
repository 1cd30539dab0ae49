import type { RedisPort } from './RedisPort.ts';

/** The part of a client of the `redis` package that is used. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
}

interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: string, listener: () => void): unknown;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
}

/**
 * A port of a connected client of the `redis` package; it opens one more connection, for subscriptions.
 *
 * @example A client that says when it fails
 * ```ts
 * import { createClient } from 'redis';
 * import { of } from 'rxjs';
 * import { nodeRedis, redisLog } from 'rxllm/redis';
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? '' });
 * client.on('error', (error) => console.error(error));
 * const port = nodeRedis(await client.connect());
 * const { ended } = await redisLog<string>(port).start('question-2', of('To be'));
 *
 * await ended; // => { state: 'complete' }
 * port.close();
 * client.destroy();
 * ```
 *
 * @category log
 * @since 0.1.0
 */
export const nodeRedis = (client: NodeRedisClient): RedisPort => {
  const subscriber = client.duplicate();
  const reconnected: (() => void)[] = [];
  // Without a listener an error would end the process; the client connects again by itself.
  subscriber.on('error', () => undefined);
  subscriber.on('ready', () => {
    for (const callback of reconnected) callback();
  });
  const connected = subscriber.connect();
  connected.catch(() => undefined);
  return {
    send: (args) => client.sendCommand([...args]),
    async subscribe(channel, onMessage) {
      await connected;
      await subscriber.subscribe(channel, onMessage);
    },
    async unsubscribe(channel) {
      await subscriber.unsubscribe(channel);
    },
    onReconnect(callback) {
      reconnected.push(callback);
    },
    close() {
      subscriber.destroy();
    },
  };
};
