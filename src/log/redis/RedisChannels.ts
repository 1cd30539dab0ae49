import type { RedisPort } from './RedisPort.ts';

interface Channel {
  readonly listeners: Set<(message: string | undefined) => void>;
  /** Settles once the server has acknowledged the subscription. */
  readonly subscribed: Promise<void>;
}

/** Subscriptions, one for each channel however many listen to it. */
export class RedisChannels {
  readonly #port: RedisPort;
  readonly #channels = new Map<string, Channel>();
  /** What was last asked of the server for a channel: the next thing waits for it, or they might cross. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(port: RedisPort) {
    this.#port = port;
    port.onReconnect(() => {
      for (const { listeners } of this.#channels.values()) for (const listener of [...listeners]) listener(undefined);
    });
  }

  /** Listens from then on when it resolves; `undefined` instead of a message where some may have been missed. */
  async listen(name: string, listener: (message: string | undefined) => void): Promise<() => void> {
    const channel = this.#channels.get(name) ?? this.#subscribe(name);
    channel.listeners.add(listener);
    try {
      await channel.subscribed;
    } catch (error) {
      this.#leave(name, channel, listener);
      throw error;
    }
    return () => {
      this.#leave(name, channel, listener);
    };
  }

  #subscribe(name: string): Channel {
    const listeners: Channel['listeners'] = new Set();
    const subscribed = this.#inTurn(name, () =>
      this.#port.subscribe(name, (message) => {
        for (const listener of [...listeners]) listener(message);
      }),
    );
    const channel = { listeners, subscribed };
    this.#channels.set(name, channel);
    subscribed.catch(() => {
      // The next one to listen tries again.
      if (this.#channels.get(name) === channel) this.#channels.delete(name);
    });
    return channel;
  }

  #leave(name: string, channel: Channel, listener: (message: string | undefined) => void): void {
    channel.listeners.delete(listener);
    if (channel.listeners.size > 0 || this.#channels.get(name) !== channel) return;
    this.#channels.delete(name);
    this.#inTurn(name, () => this.#port.unsubscribe(name)).catch(() => undefined);
  }

  #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(work, work);
    this.#last.set(name, turn);
    const forget = (): void => {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    };
    turn.then(forget, forget);
    return turn;
  }
}
