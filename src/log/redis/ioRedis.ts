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

/** A port of a client of the `ioredis` package; it opens one more connection, for subscriptions. */
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
