import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { createClient } from 'redis';

import type { RedisServer } from '../../support/redis.ts';
import type { StoredEntry } from './Facts.ts';
import { logIdOf } from './LogId.ts';
import { prefix } from './ServerConfig.ts';

/** Beyond it a restart takes long, in bytes. */
const maxLogBytes = 8_388_608;

const tokensIn = (json: string): StoredEntry['tokens'] =>
  (JSON.parse(json) as { type: string; text?: string }[])
    .filter(({ type }) => type === 'text')
    .map(({ text = '' }) => {
      const [, index = '', mark = ''] = text.replace(';', '').split('.');
      return { index: Number(index), mark };
    });

const storedEntry = ([id, [kind, value = '', , json = '']]: [string, string[]]): StoredEntry => {
  const [epoch = 0, last = 0] = id.split('-').map(Number);
  if (kind === 'e') {
    return { epoch, first: last, last, tokens: [], ending: (JSON.parse(value) as { state: string }).state };
  }
  return { epoch, first: last - Number(value) + 1, last, tokens: tokensIn(json), ending: undefined };
};

/** What is done to Redis, and read from it behind the back of the servers. */
export class RedisAdmin {
  readonly #redis: RedisServer;
  readonly #client: ReturnType<typeof createClient>;

  private constructor(redis: RedisServer) {
    this.#redis = redis;
    this.#client = createClient({ url: redis.url, socket: { reconnectStrategy: () => 20 } });
    this.#client.on('error', () => undefined);
  }

  static async connect(redis: RedisServer): Promise<RedisAdmin> {
    const admin = new RedisAdmin(redis);
    await admin.#client.connect();
    return admin;
  }

  close(): void {
    this.#client.destroy();
  }

  async killConnections(): Promise<void> {
    await this.#client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await this.#client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal']);
  }

  async pause(ms: number): Promise<void> {
    await this.#client.sendCommand(['CLIENT', 'PAUSE', String(ms), 'ALL']);
  }

  /** How long the file is that Redis replays when it starts, in bytes. */
  get logBytes(): number {
    return statSync(this.#logFile).size;
  }

  /** Kills Redis, cuts its file to a length, as a power cut does to what the disk has not got yet, and starts it again. */
  async restart(downMs: number, toBytes?: number): Promise<void> {
    await this.#redis.kill();
    if (toBytes !== undefined) truncateSync(this.#logFile, Math.min(toBytes, this.logBytes));
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.#redis.restart();
  }

  /** Begins a new file where the old one has grown long; what it held is of no use any more. */
  async tidy(): Promise<void> {
    if (this.logBytes < maxLogBytes) return;
    await this.#client.sendCommand(['FLUSHALL']);
    await this.#client.sendCommand(['BGREWRITEAOF']);
    for (let info = '1'; /aof_rewrite_(in_progress|scheduled):1/.test(info) || info === '1';) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      info = await this.#client.info('persistence');
    }
  }

  /** All that Redis holds of an answer. */
  async stored(id: string): Promise<readonly StoredEntry[]> {
    const rows = await this.#client.sendCommand(['XRANGE', `${prefix}{${logIdOf(id)}}`, '-', '+']);
    return (rows as unknown as [string, string[]][]).map(storedEntry);
  }

  get #logFile(): string {
    const folder = join(this.#redis.folder, 'appendonlydir');
    const numberOf = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
    const [newest] = readdirSync(folder)
      .filter((name) => name.endsWith('.incr.aof'))
      .sort((a, b) => numberOf(b) - numberOf(a));
    if (newest === undefined) throw new Error(`no file of commands in ${folder}`);
    return join(folder, newest);
  }
}
