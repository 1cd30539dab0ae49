/** What a log needs of a Redis client: `nodeRedis` and `ioRedis` make one of theirs. */
export interface RedisPort {
  /** Sends a command and gives its reply; rejects with the server's error, or when the connection fails. */
  send(args: readonly string[]): Promise<unknown>;
  /** Resolves once the server has acknowledged it. On a connection of its own. */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Calls back whenever subscriptions were interrupted and stand again: messages may have been missed. */
  onReconnect(callback: () => void): void;
  /** Closes what the port has opened, which is the connection for subscriptions. */
  close(): void;
}
