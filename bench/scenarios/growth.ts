import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';

import { growingCompletion, growingOpenAi, growingRxllm } from '../growth/growthClients.ts';
import type { GrownAnswer, GrowthClient, GrowthFeed, GrowthKind } from '../growth/GrowthClient.ts';
import { growthOperators } from '../growth/growthOperators.ts';
import { growthText } from '../growth/growthPieces.ts';
import { rotated } from '../harness/interleave.ts';
import { median } from '../harness/median.ts';
import { perCase } from '../harness/perCase.ts';
import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';

/** One length of one kind of answer, and who takes it in. */
export interface GrowthCase {
  readonly name: string;
  readonly kind: GrowthKind;
  readonly deltas: number;
  /** How many of the first, and of the last, are timed by themselves. */
  readonly edgeDeltas: number;
  readonly clients: readonly GrowthClient[];
}

const accumulators: readonly GrowthClient[] = [growingCompletion, growingRxllm, growingOpenAi];

/** A smoke run has everything in small. */
const scaleOf = (isSmoke: boolean): number => (isSmoke ? 0.002 : 1);

const casesFor = (scale: number): readonly GrowthCase[] => {
  const edgeDeltas = 10_000 * scale;
  const lengths = [10_000, 100_000, 1_000_000].map((deltas) => deltas * scale);
  const names = ['10k', '100k', '1M'];
  const answers = (['text', 'logprobs', 'arguments'] as const).flatMap((kind) =>
    lengths.map((deltas, index) => ({
      name: `${kind}/${names[index]}`,
      kind,
      deltas,
      edgeDeltas,
      clients: accumulators,
    })),
  );
  const operators = { name: 'operators/300k', kind: 'text' as const, deltas: 300_000 * scale, edgeDeltas };
  return [...answers, { ...operators, clients: growthOperators }];
};

/** How long one client may take for one answer, in milliseconds, and how often at most the longer ones are measured. */
const boundMs = 30_000;
const maxLongRounds = 3;
const longDeltas = 100_000;

/** In shorter answers the code that was compiled meanwhile weighs more than the text. */
const leastHeapDeltas = 100_000;

/** Hands an answer over, with an eye on the clock. */
class TimedFeed implements GrowthFeed {
  readonly kind: GrowthKind;
  readonly deltas: number;
  /** Whether it took too long; clients tell of that in their own words. */
  isLate = false;
  readonly #edgeDeltas: number;
  #startMs = NaN;
  #edgeMs = NaN;
  #lateMs = NaN;
  #edge = 0;
  #late = 0;
  #endMs = NaN;

  constructor({ kind, deltas, edgeDeltas }: GrowthCase) {
    this.kind = kind;
    this.deltas = deltas;
    this.#edgeDeltas = edgeDeltas;
  }

  readonly passing = (index: number): void => {
    const nowMs = performance.now();
    if (index === 0) this.#startMs = nowMs;
    if (Number.isNaN(this.#edgeMs) && index >= this.#edgeDeltas) [this.#edge, this.#edgeMs] = [index, nowMs];
    if (Number.isNaN(this.#lateMs) && index >= this.deltas - this.#edgeDeltas)
      [this.#late, this.#lateMs] = [index, nowMs];
    if (index === this.deltas) this.#endMs = nowMs;
    if (nowMs - this.#startMs <= boundMs) return;
    this.isLate = true;
    throw new Error(`${boundMs} ms are over at delta ${index} of ${this.deltas}`);
  };

  /** Microseconds for each of the first deltas, and for each of the last. */
  edges(): { readonly first: number; readonly last: number } {
    return {
      first: ((this.#edgeMs - this.#startMs) * 1_000) / this.#edge,
      last: ((this.#endMs - this.#lateMs) * 1_000) / (this.deltas - this.#late),
    };
  }
}

type Edges = ReturnType<TimedFeed['edges']>;

const checkText = ({ text }: GrownAnswer, { deltas, kind }: GrowthCase, where: string): void => {
  if (text !== growthText(deltas, kind)) throw new Error(`${where} gives a wrong text of ${text.length} characters`);
};

const timed = async (client: GrowthClient, each: GrowthCase): Promise<Edges | undefined> => {
  const feed = new TimedFeed(each);
  globalThis.gc?.({ type: 'minor' });
  try {
    const answer = await client.run(feed);
    checkText(answer, each, `${each.name}: ${client.name}`);
  } catch (error) {
    if (feed.isLate) return undefined;
    throw error;
  }
  return feed.edges();
};

/** What the heap holds once all garbage is gone, that of the turn before included. */
const heapBytes = async (): Promise<number> => {
  for (let turn = 0; turn < 3; turn += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  return getHeapStatistics().used_heap_size;
};

/** What a finished answer takes of the heap, in bytes. To be called when nothing is timed any longer: it makes all code cold. */
const heldBytes = async (client: GrowthClient, { kind, deltas }: GrowthCase): Promise<number> => {
  const before = await heapBytes();
  const { held } = await client.run({ kind, deltas, passing: () => undefined });
  const after = await heapBytes();
  // Whoever asks for it here has kept it until here.
  return held === undefined ? NaN : after - before;
};

/** Measures every client of a case. Throws when one of them gives a wrong answer. */
export const measureGrowth = async (
  each: GrowthCase,
  { rounds, warmUpRounds, progress }: Omit<ScenarioOptions, 'isSmoke'>,
): Promise<readonly Row[]> => {
  const { name, deltas, edgeDeltas } = each;
  const times = new Map<string, Edges[]>(each.clients.map((client) => [client.name, []]));
  const late = new Set<string>();
  const warmUp = { ...each, deltas: edgeDeltas };
  for (let round = 0; round < warmUpRounds; round += 1) for (const client of each.clients) await timed(client, warmUp);
  const timedRounds = deltas > longDeltas ? Math.min(rounds, maxLongRounds) : rounds;
  for (let round = 0; round < timedRounds; round += 1) {
    progress.update(`growth ${name}: round ${round + 1}`);
    for (const client of rotated(each.clients, round)) {
      const edges = late.has(client.name) ? undefined : await timed(client, each);
      if (edges) times.get(client.name)?.push(edges);
      else late.add(client.name);
    }
  }
  const rows: Row[] = [];
  for (const client of each.clients) {
    const row = (metric: string, value: number): Row => ({ case: name, client: client.name, metric, value });
    if (late.has(client.name)) {
      rows.push(row('finished', 0));
      progress.note(`growth ${name}: ${client.name} did not finish in ${boundMs / 1_000} s`);
      continue;
    }
    const edges = times.get(client.name) ?? [];
    const first = median(edges.map((one) => one.first));
    const last = median(edges.map((one) => one.last));
    rows.push(row('finished', 1), row('firstMicrosPerDelta', first), row('lastMicrosPerDelta', last));
    rows.push(row('lastToFirst', last / first));
  }
  progress.note(`growth ${name}: timed`);
  return rows;
};

/** Measures what the answers of a case take of the heap. */
const measureHeap = async (each: GrowthCase, isFinished: (client: string) => boolean): Promise<readonly Row[]> => {
  const textBytes = growthText(each.deltas, each.kind).length;
  const rows: Row[] = [];
  for (const client of each.clients) {
    if (!isFinished(client.name)) continue;
    const bytes = await heldBytes(client, each);
    rows.push({ case: each.name, client: client.name, metric: 'heapToText', value: bytes / textBytes });
  }
  return rows;
};

const formatCase = (name: string, rows: readonly Row[]): string => {
  const shown = (client: string, metric: string, digits: number, unit = ''): string => {
    const value = rows.find((row) => row.client === client && row.metric === metric)?.value;
    return value === undefined ? '' : `${value.toFixed(digits)}${unit}`;
  };
  const lineOf = (client: string): readonly string[] => {
    if (shown(client, 'finished', 0) === '0') return [client, `not finished in ${boundMs / 1_000} s`];
    const micros = ['firstMicrosPerDelta', 'lastMicrosPerDelta'].map((metric) => shown(client, metric, 2));
    return [client, ...micros, shown(client, 'lastToFirst', 2, 'x'), shown(client, 'heapToText', 1, 'x')];
  };
  const heading = [name, 'µs/delta, first 10,000', 'last 10,000', 'last to first', 'heap to text'];
  return table([heading, ...[...new Set(rows.map(({ client }) => client))].map(lineOf)]);
};

export const growth: Scenario = {
  name: 'growth',
  description: 'an answer of 10,000 to 1,000,000 deltas: time for the first and for the last, memory in the end',
  packages: ['rxjs', 'openai'],
  async run(options) {
    const scale = scaleOf(options.isSmoke);
    const cases = casesFor(scale);
    const rows: Row[] = [];
    for (const each of cases) rows.push(...(await measureGrowth(each, options)));
    const heapCases = cases
      .filter(({ clients, deltas }) => clients === accumulators && deltas >= leastHeapDeltas * scale)
      // Of collecting all garbage, which is most of what a smoke run does, there need not be more.
      .slice(0, options.isSmoke ? 1 : Infinity);
    for (const each of heapCases) {
      options.progress.update(`growth ${each.name}: heap`);
      const isFinished = (client: string): boolean =>
        rows.some((row) => row.case === each.name && row.client === client && row.metric === 'lastToFirst');
      rows.push(...(await measureHeap(each, isFinished)));
    }
    return rows;
  },
  format: perCase(formatCase),
};
