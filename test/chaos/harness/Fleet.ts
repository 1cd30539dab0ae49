import { rmSync } from 'node:fs';

import { launchRedis, type RedisServer } from '../../support/redis.ts';
import { ChaosServer } from './ChaosServer.ts';
import { Guard } from './Guard.ts';
import { RedisAdmin } from './RedisAdmin.ts';
import { serverCount } from './RoundPlan.ts';
import type { Sabotage } from './ServerConfig.ts';

/** Everything that runs: Redis with a file of commands, and the servers, which take turns with its two clients. */
export class Fleet {
  readonly servers: readonly ChaosServer[];
  readonly admin: RedisAdmin;
  readonly #redis: RedisServer;
  readonly #guard: Guard;
  /** A run that is interrupted leaves nothing behind. */
  readonly #onExit = (): void => {
    this.#guard.close();
    rmSync(this.#redis.folder, { recursive: true, force: true });
  };

  private constructor(redis: RedisServer, admin: RedisAdmin, guard: Guard, seed: string, sabotage?: Sabotage) {
    this.#redis = redis;
    this.admin = admin;
    this.#guard = guard;
    this.servers = Array.from({ length: serverCount }, (_, at) => {
      const client = at % 2 === 0 ? 'redis' : 'ioredis';
      return new ChaosServer({ name: `s${at}`, client, redisUrl: redis.url, seed, sabotage }, guard);
    });
    process.once('exit', this.#onExit);
  }

  static async launch(seed: string, sabotage?: Sabotage): Promise<Fleet> {
    const guard = new Guard();
    const redis = await launchRedis({ aof: 'everysec', settings: ['--auto-aof-rewrite-percentage', '0'] });
    guard.add(redis.pid);
    const fleet = new Fleet(redis, await RedisAdmin.connect(redis), guard, seed, sabotage);
    try {
      await Promise.all(fleet.servers.map((server) => server.start()));
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  /** Kills Redis and starts it again; with `toBytes` it has lost what came behind them. */
  async restartRedis(downMs: number, toBytes?: number): Promise<void> {
    this.#guard.delete(this.#redis.pid);
    await this.admin.restart(downMs, toBytes);
    this.#guard.add(this.#redis.pid);
  }

  async close(): Promise<void> {
    process.off('exit', this.#onExit);
    this.admin.close();
    await Promise.all(this.servers.map((server) => server.kill()));
    await this.#redis.stop();
    this.#guard.close();
  }
}
