import { getHeapStatistics } from 'node:v8';

import { jsonRiver } from '../clients/jsonRiver.ts';
import { partialJsonPackage } from '../clients/partialJsonPackage.ts';
import { structuredAiSdk } from '../clients/structuredAiSdk.ts';
import { structuredAnthropic } from '../clients/structuredAnthropic.ts';
import type { Feed, StructuredClient } from '../clients/StructuredClient.ts';
import { parseOnly, structuredFloor } from '../clients/structuredFloor.ts';
import { structuredOpenAi } from '../clients/structuredOpenAi.ts';
import { structuredRxllm, structuredRxllmUnread } from '../clients/structuredRxllm.ts';
import { interleave } from '../harness/interleave.ts';
import { median } from '../harness/median.ts';
import { perCase } from '../harness/perCase.ts';
import type { Row, Scenario, ScenarioOptions } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';
import { toolArguments, wideArguments } from '../wires/toolArguments.ts';

/** One document. */
export interface StructuredCase {
  readonly name: string;
  readonly text: string;
  /** How often a timed run reads it, so that one takes long enough to be timed. @defaultValue 1 */
  readonly documents?: number;
}

const clients: readonly StructuredClient[] = [
  structuredFloor,
  parseOnly,
  structuredRxllm,
  structuredRxllmUnread,
  jsonRiver,
  partialJsonPackage,
  structuredOpenAi,
  structuredAnthropic,
  structuredAiSdk,
];

const casesFor = (isSmoke: boolean): readonly StructuredCase[] => {
  const charsOf = (chars: number): number => (isSmoke ? chars / 500 : chars);
  return [
    { name: '10KB', text: toolArguments(charsOf(10_000)), documents: isSmoke ? 1 : 20 },
    { name: '100KB', text: toolArguments(charsOf(100_000)), documents: isSmoke ? 1 : 2 },
    { name: '1MB', text: toolArguments(charsOf(1_000_000)) },
    { name: '1MB-wide', text: wideArguments(charsOf(1_000_000)) },
  ];
};

const pieceChars = 4;
/** How long one client may take for one document, in seconds, and how much of the heap it may add, in bytes. */
const boundS = 20;
const boundBytes = 2 * 1024 ** 3;
/** What takes longer is run once, in milliseconds. */
const onceMs = 1_000;
/** How often the clock is looked at, in pieces, and the heap, in milliseconds: a look at it takes as long as many pieces. */
const clockEvery = 64;
const heapEveryMs = 20;
/** The first and the last share of the pieces, whose time is told by itself. */
const edgeShare = 0.05;

class OutOfBounds extends Error {}

/** Hands the pieces over, with an eye on the clock. */
class TimedFeed implements Feed {
  readonly text: string;
  readonly pieces: readonly string[];
  shown = 0;
  read = 0;
  readonly #startMs = performance.now();
  /** What the heap held when it was first looked at. */
  #startBytes: number | undefined;
  #nextLookMs = this.#startMs + heapEveryMs;
  readonly #edge: number;
  #edgeMs = NaN;
  #lateMs = NaN;

  constructor(text: string, pieces: readonly string[]) {
    this.text = text;
    this.pieces = pieces;
    this.#edge = Math.max(1, Math.floor(pieces.length * edgeShare));
  }

  passing(index: number): void {
    this.read = index;
    if (index === this.#edge) this.#edgeMs = performance.now();
    else if (index === this.pieces.length - this.#edge) this.#lateMs = performance.now();
    if (index % clockEvery === 0) this.#checkBounds(performance.now());
  }

  #checkBounds(nowMs: number): void {
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + heapEveryMs;
    if (nowMs - this.#startMs > boundS * 1000) throw new OutOfBounds(`${boundS} s are over`);
    const bytes = getHeapStatistics().used_heap_size;
    this.#startBytes ??= bytes;
    if (bytes - this.#startBytes > boundBytes) throw new OutOfBounds('2 GiB are full');
  }

  show(_value: unknown): void {
    this.shown += 1;
  }

  /** Microseconds for each of the first pieces and for each of the last, when it ends now. */
  edges(): { readonly first: number; readonly last: number } {
    const micros = (ms: number): number => (ms * 1000) / this.#edge;
    return { first: micros(this.#edgeMs - this.#startMs), last: micros(performance.now() - this.#lateMs) };
  }
}

interface Trial {
  readonly feed: TimedFeed;
  readonly tookMs: number;
  readonly edges: { readonly first: number; readonly last: number };
  readonly value: unknown;
  /** Why it did not come to its end. */
  readonly failure: string | undefined;
}

const trial = async (client: StructuredClient, text: string, pieces: readonly string[]): Promise<Trial> => {
  const feed = new TimedFeed(text, pieces);
  const startMs = performance.now();
  try {
    const value = await client.run(feed);
    return { feed, tookMs: performance.now() - startMs, edges: feed.edges(), value, failure: undefined };
  } catch (error) {
    const share = `${((feed.read / pieces.length) * 100).toFixed(0)} % read`;
    const failure = `${error instanceof Error ? error.message : String(error)} (${share})`;
    return { feed, tookMs: NaN, edges: feed.edges(), value: undefined, failure };
  }
};

const checkValue = (value: unknown, text: string, where: string): void => {
  if (JSON.stringify(value) !== JSON.stringify(JSON.parse(text))) throw new Error(`${where} gives a wrong value`);
};

const piecesOf = (text: string): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / pieceChars) }, (_, index) =>
    text.slice(index * pieceChars, (index + 1) * pieceChars),
  );

/** Measures the given clients on one document. Throws when one of them gives a wrong value. */
export const measureCase = async (
  { name, text, documents = 1 }: StructuredCase,
  given: readonly StructuredClient[],
  { rounds, warmUpRounds, isSmoke, progress }: ScenarioOptions,
): Promise<readonly Row[]> => {
  const pieces = piecesOf(text);
  const trials = new Map<string, Trial>();
  for (const client of given) {
    progress.update(`structured ${name}: ${client.name}`);
    const first = await trial(client, text, pieces);
    if (first.failure === undefined) checkValue(first.value, text, `${name}: ${client.name}`);
    else progress.note(`structured ${name}: ${client.name} did not finish: ${first.failure}`);
    trials.set(client.name, first);
  }
  const fast = given.filter((client) => (trials.get(client.name)?.tookMs ?? NaN) < onceMs);
  const times = await interleave(
    fast.map((client) => ({
      name: client.name,
      run: async () => {
        let again = await trial(client, text, pieces);
        for (let count = 1; count < documents; count += 1) again = await trial(client, text, pieces);
        trials.set(client.name, again);
        return again.value;
      },
    })),
    {
      rounds,
      // The first trial of each has warmed it up.
      warmUpRounds: isSmoke ? 0 : warmUpRounds,
      check: (value, client) => {
        checkValue(value, text, `${name}: ${client}`);
      },
      onRound: (finished) => {
        progress.update(`structured ${name}: round ${finished + 1}`);
      },
    },
  );
  progress.note(`structured ${name}: done`);
  return rowsOf(name, pieces.length, trials, times, documents);
};

const rowsOf = (
  name: string,
  pieces: number,
  trials: ReadonlyMap<string, Trial>,
  times: ReadonlyMap<string, readonly number[]>,
  documents: number,
): readonly Row[] => {
  const msOf = (client: string): number => {
    const rounds = times.get(client);
    return rounds === undefined ? (trials.get(client)?.tookMs ?? NaN) : median(rounds) / documents;
  };
  // How many pieces change what can be seen; the others are parts of numbers and words, or between values.
  const visible = trials.get(structuredRxllmUnread.name)?.feed.shown ?? pieces;
  return [...trials].flatMap(([client, { feed, edges, failure }]) => {
    const row = (metric: string, value: number): Row => ({ case: name, client, metric, value });
    if (failure !== undefined) return [row('finished', 0), row('shareRead', feed.read / pieces)];
    return [
      row('finished', 1),
      row('ratioToFloor', msOf(client) / msOf(structuredFloor.name)),
      row('totalMs', msOf(client)),
      row('freshShare', Math.min(1, feed.shown / visible)),
      ...(Number.isFinite(edges.first + edges.last)
        ? [row('firstMicrosPerDelta', edges.first), row('lastMicrosPerDelta', edges.last)]
        : []),
    ];
  });
};

const formatCase = (name: string, rows: readonly Row[]): string => {
  const find = (client: string, metric: string): number | undefined =>
    rows.find((row) => row.client === client && row.metric === metric)?.value;
  const shown = (value: number | undefined, digits: number, unit = ''): string =>
    value === undefined ? '' : `${value.toFixed(digits)}${unit}`;
  const lineOf = (client: string): readonly string[] =>
    find(client, 'finished') === 0
      ? [client, `not finished in ${boundS} s and 2 GiB`, `${shown((find(client, 'shareRead') ?? 0) * 100, 0)} % read`]
      : [
          client,
          shown(find(client, 'totalMs'), 2),
          shown(find(client, 'ratioToFloor'), 2, 'x'),
          shown(find(client, 'firstMicrosPerDelta'), 2),
          shown(find(client, 'lastMicrosPerDelta'), 2),
          shown((find(client, 'freshShare') ?? NaN) * 100, 1, ' %'),
        ];
  const heading = [name, 'ms', 'x floor', 'µs/delta, first 5 %', 'last 5 %', 'fresh values'];
  return table([heading, ...[...new Set(rows.map(({ client }) => client))].map(lineOf)]);
};

export const structured: Scenario = {
  name: 'structured',
  description: 'JSON in pieces of 4 characters to the value so far: total time, and how often there is a fresh one',
  packages: ['rxjs', 'openai', '@anthropic-ai/sdk', 'ai', '@ai-sdk/openai', 'partial-json', 'jsonriver'],
  async run(options) {
    const rows: Row[] = [];
    for (const each of casesFor(options.isSmoke)) rows.push(...(await measureCase(each, clients, options)));
    return rows;
  },
  format: perCase(formatCase),
};
