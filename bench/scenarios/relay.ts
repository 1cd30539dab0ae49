import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';
import { median } from '../harness/median.ts';
import { table } from '../harness/table.ts';
import type { FromFollowers, FromServer, Load, ToFollowers, ToServer } from '../relay/messages.ts';
import { RelayProcess } from '../relay/RelayProcess.ts';
import { startRedis } from '../relay/startRedis.ts';

type Engine = 'memory' | 'redis';

interface Figures {
  readonly lost: number;
  readonly deltasPerSecond: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly bytesPerFollower: number;
}

const metrics = ['lost', 'deltasPerSecond', 'latencyP50Ms', 'latencyP99Ms', 'bytesPerFollower'] as const;

const streams = 20;
const loadOf = (isSmoke: boolean): Load =>
  isSmoke
    ? { streams, deltasPerSecond: 20, seconds: 0.5, floodDeltas: 50 }
    : { streams, deltasPerSecond: 20, seconds: 5, floodDeltas: 2_000 };

const heapOf = async (server: RelayProcess<ToServer, FromServer>): Promise<number> => {
  server.say({ type: 'heap' });
  return (await server.hear('heap')).bytes;
};

/** One server writes the answers; another one, where they share a Redis, sends them to all followers. */
const measure = async (redisPort: number, followers: number, load: Load): Promise<Figures> => {
  // Rounds must not meet in one Redis.
  const prefix = `${crypto.randomUUID()}:`;
  const makeServer = () => new RelayProcess<ToServer, FromServer>('server.ts', String(redisPort), prefix);
  const writer = makeServer();
  const sender = redisPort === 0 ? writer : makeServer();
  const clients = new RelayProcess<ToFollowers, FromFollowers>('followers.ts');
  try {
    const { port } = await sender.hear('listening');
    writer.say({ type: 'start', streams });
    await writer.hear('started');
    const before = await heapOf(sender);
    clients.say({ type: 'follow', port, streams, followers });
    await clients.hear('connected');
    const after = await heapOf(sender);
    writer.say({ type: 'load', load });
    await writer.hear('flooding');
    const floodAtUs = Number(process.hrtime.bigint() / 1_000n);
    const { deltasPerStream } = await writer.hear('ended');
    const done = await clients.hear('done');
    return {
      lost: followers * deltasPerStream - done.deltas + done.misplaced,
      deltasPerSecond: (followers * load.floodDeltas) / ((done.lastAtUs - floodAtUs) / 1e6),
      latencyP50Ms: done.latencyP50Ms,
      latencyP99Ms: done.latencyP99Ms,
      bytesPerFollower: (after - before) / followers,
    };
  } finally {
    for (const process of [writer, sender, clients]) process.kill();
  }
};

const run = async ({ rounds, isSmoke, progress }: ScenarioOptions): Promise<readonly Row[]> => {
  const redis = await startRedis();
  if (!redis)
    progress.note('relay: no redis-server here, so its cases are left out: sudo apt-get install redis-server');
  const engines: readonly Engine[] = redis ? ['memory', 'redis'] : ['memory'];
  // Each takes seconds and counts hundreds of thousands of deltas by itself.
  const times = isSmoke ? 1 : Math.min(rounds, 3);
  const figures = new Map<string, Figures[]>();
  try {
    for (let round = 0; round < times; round += 1) {
      for (const engine of engines) {
        for (const followers of isSmoke ? [40] : [100, 1_000]) {
          const name = `${engine}/${followers}`;
          progress.update(`relay ${name}: round ${round + 1} of ${times}`);
          const measured = await measure(engine === 'redis' ? (redis?.port ?? 0) : 0, followers, loadOf(isSmoke));
          if (measured.lost > 0) throw new Error(`relay ${name}: ${measured.lost} deltas were lost or misplaced`);
          figures.set(name, [...(figures.get(name) ?? []), measured]);
        }
      }
    }
  } finally {
    await redis?.close();
  }
  return [...figures].flatMap(([name, all]) =>
    metrics.map((metric) => ({
      case: name,
      client: 'rxllm',
      metric,
      value: median(all.map((one) => one[metric])),
    })),
  );
};

export const relay: Scenario = {
  name: 'relay',
  description: 'one answer to many followers, through a log in memory or in Redis (at most 3 rounds)',
  packages: ['rxjs', 'redis'],
  run,
  format(rows) {
    const cases = [...new Set(rows.map((row) => row.case))];
    const value = (name: string, metric: string): number =>
      rows.find((row) => row.case === name && row.metric === metric)?.value ?? NaN;
    return table([
      ['engine/followers', 'lost', 'deltas/s', 'p50 ms', 'p99 ms', 'bytes per follower'],
      ...cases.map((name) => [
        name,
        value(name, 'lost').toFixed(0),
        value(name, 'deltasPerSecond').toFixed(0),
        value(name, 'latencyP50Ms').toFixed(2),
        value(name, 'latencyP99Ms').toFixed(2),
        value(name, 'bytesPerFollower').toFixed(0),
      ]),
    ]);
  },
};
