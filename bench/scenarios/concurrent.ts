import { clients } from '../concurrent/clients/index.ts';
import type { FromReader, FromServer, ToReader, ToServer } from '../concurrent/messages.ts';
import { rotated } from '../harness/interleave.ts';
import { median, quantile } from '../harness/median.ts';
import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';
import { RelayProcess } from '../relay/RelayProcess.ts';

type Server = RelayProcess<ToServer, FromServer>;
type Reader = RelayProcess<ToReader, FromReader>;

/** How many streams there are, and how fast each comes. */
interface Load {
  readonly name: string;
  readonly streams: number;
  readonly tokensPerSecond: number;
  readonly seconds: number;
}

interface Figures {
  readonly cpuMicrosPerToken: number;
  readonly heapKiBPerStream: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
}

const baseline = 'fetch, drained';
const metrics = ['cpuMicrosPerToken', 'heapKiBPerStream', 'latencyP50Ms', 'latencyP99Ms'] as const;

/** More than 20,000 tokens a second in all keep two cores from keeping up, and nothing could be told from the latency. */
const loads: readonly Load[] = [
  { name: '100 at 20/s', streams: 100, tokensPerSecond: 20, seconds: 4 },
  { name: '1000 at 20/s', streams: 1_000, tokensPerSecond: 20, seconds: 4 },
  { name: '5000 at 4/s', streams: 5_000, tokensPerSecond: 4, seconds: 5 },
];
const smokeLoads: readonly Load[] = [{ name: '10 at 20/s', streams: 10, tokensPerSecond: 20, seconds: 0.5 }];

/** Before it is timed, a client reads enough for the optimizing compiler to settle: it works for seconds beside the streams. */
const warmUp: Load = { name: 'warm-up', streams: 100, tokensPerSecond: 200, seconds: 2 };
const smokeWarmUp: Load = { ...warmUp, streams: 10, seconds: 0.1 };
/** Tokens of each stream before the heap is weighed. */
const firstTokens = 10;

/** Of each stream. */
const tokensOf = ({ tokensPerSecond, seconds }: Load): number => Math.ceil(tokensPerSecond * seconds);

/** Lets the streams run at the pace of a load, for so many tokens each. */
const pace = async (server: Server, tokensPerStream: number, { tokensPerSecond }: Load): Promise<void> => {
  server.say({ type: 'pace', tokensPerStream, tokensPerSecond });
  await server.hear('paced');
};

const connect = async (server: Server, reader: Reader, streams: number): Promise<void> => {
  server.say({ type: 'await', streams });
  reader.say({ type: 'read', streams });
  await server.hear('connected');
};

const finish = async (server: Server, reader: Reader, expectedTokens: number): Promise<void> => {
  server.say({ type: 'finish' });
  const { tokens, bytes } = await reader.hear('ended');
  if (tokens !== expectedTokens && (tokens > 0 || bytes === 0)) {
    throw new Error(`${tokens} of ${expectedTokens} tokens arrived`);
  }
};

const heapOf = async (reader: Reader): Promise<number> => {
  reader.say({ type: 'heap' });
  return (await reader.hear('heap')).bytes;
};

const measure = async (server: Server, port: number, client: string, load: Load, warm: Load): Promise<Figures> => {
  const reader: Reader = new RelayProcess('../concurrent/reader.ts', client, String(port));
  try {
    await reader.hear('ready');
    await connect(server, reader, warm.streams);
    await pace(server, tokensOf(warm), warm);
    await finish(server, reader, warm.streams * tokensOf(warm));
    const before = await heapOf(reader);

    await connect(server, reader, load.streams);
    await pace(server, firstTokens, load);
    const after = await heapOf(reader);
    reader.say({ type: 'begin' });
    await pace(server, tokensOf(load), load);
    reader.say({ type: 'stop' });
    const { cpuUs, latenciesMs } = await reader.hear('measured');
    await finish(server, reader, load.streams * (firstTokens + tokensOf(load)));
    return {
      cpuMicrosPerToken: cpuUs / load.streams / tokensOf(load),
      heapKiBPerStream: (after - before) / load.streams / 1_024,
      latencyP50Ms: quantile(latenciesMs, 0.5),
      latencyP99Ms: quantile(latenciesMs, 0.99),
    };
  } catch (cause) {
    throw new Error(`concurrent ${load.name}: ${client} failed: ${(cause as Error).message}`, { cause });
  } finally {
    reader.kill();
  }
};

/** The files and sockets that a process may have open; Node raises its own limit to this. */
const maxOpenFiles = (): number => {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { hard?: number | string } } };
  const hard = userLimits?.open_files?.hard;
  return typeof hard === 'number' ? hard : Infinity;
};

const fits = ({ name, streams }: Load, { progress }: ScenarioOptions): boolean => {
  const isEnough = maxOpenFiles() >= streams + 200;
  if (!isEnough)
    progress.note(`concurrent ${name}: left out, for only ${maxOpenFiles()} sockets may be open (ulimit -n)`);
  return isEnough;
};

const rowsOf = (name: string, all: ReadonlyMap<string, readonly Figures[]>): readonly Row[] => {
  const of = (client: string, metric: keyof Figures): number =>
    median((all.get(client) ?? []).map((one) => one[metric]));
  return [...all.keys()].flatMap((client) => [
    {
      case: name,
      client,
      metric: 'ratioToFetch',
      value: of(client, 'cpuMicrosPerToken') / of(baseline, 'cpuMicrosPerToken'),
    },
    ...metrics.map((metric) => ({ case: name, client, metric, value: of(client, metric) })),
  ]);
};

const run = async (options: ScenarioOptions): Promise<readonly Row[]> => {
  const { rounds, isSmoke, progress } = options;
  // Each takes seconds and counts tens of thousands of tokens by itself.
  const times = isSmoke ? 1 : Math.min(rounds, 3);
  const rows: Row[] = [];
  const server: Server = new RelayProcess('../concurrent/server.ts');
  try {
    const { port } = await server.hear('listening');
    for (const load of isSmoke ? smokeLoads : loads) {
      if (!fits(load, options)) continue;
      const names = Object.keys(clients);
      const figures = new Map<string, Figures[]>(names.map((name) => [name, []]));
      for (let round = 0; round < times; round += 1) {
        for (const name of rotated(names, round)) {
          progress.update(`concurrent ${load.name}: round ${round + 1} of ${times}, ${name}`);
          figures.get(name)?.push(await measure(server, port, name, load, isSmoke ? smokeWarmUp : warmUp));
        }
      }
      rows.push(...rowsOf(load.name, figures));
    }
  } finally {
    server.kill();
  }
  return rows;
};

export const concurrent: Scenario = {
  name: 'concurrent',
  description: 'many streams at once over loopback: CPU, heap and latency of the process that reads (at most 3 rounds)',
  packages: ['rxjs', 'eventsource-parser', 'openai', 'ai', '@ai-sdk/openai'],
  run,
  format(rows) {
    const value = (name: string, client: string, metric: string): number =>
      rows.find((row) => row.case === name && row.client === client && row.metric === metric)?.value ?? NaN;
    const lines = [...new Set(rows.map((row) => row.case))].flatMap((name) =>
      [...new Set(rows.filter((row) => row.case === name).map(({ client }) => client))].map((client) => [
        `${name}, ${client}`,
        value(name, client, 'cpuMicrosPerToken').toFixed(1),
        `${value(name, client, 'ratioToFetch').toFixed(2)}x`,
        value(name, client, 'heapKiBPerStream').toFixed(1),
        (value(name, client, 'heapKiBPerStream') - value(name, baseline, 'heapKiBPerStream')).toFixed(1),
        value(name, client, 'latencyP50Ms').toFixed(2),
        value(name, client, 'latencyP99Ms').toFixed(2),
      ]),
    );
    return table([
      ['streams, client', 'CPU µs/token', 'x fetch', 'heap KiB/stream', 'over fetch', 'p50 ms', 'p99 ms'],
      ...lines,
    ]);
  },
};
