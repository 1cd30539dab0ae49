import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { defer, map, type Observable } from 'rxjs';
import {
  accumulateDelta,
  ApiError,
  batchDeltas,
  bufferForUi,
  type Completion,
  type Delta,
  fallback,
  filterHeartbeat,
  hedge,
  jsonItems,
  latestCompletions,
  mergeStreams,
  NetworkError,
  pool,
  type PoolEvent,
  raceFirstToken,
  reduceDelta,
  retryWithBackoff,
  shareCompletion,
  smoothText,
  splitSentences,
  stoppedBy,
  StreamTimeoutError,
  takeUntilDone,
  timeouts,
  toDeltas,
  TruncatedError,
} from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import { marbleBlocks } from '../../site/marbles/marbleBlocks.ts';
import type { MarbleRow } from '../../site/marbles/MarbleRow.ts';
import { readMarbles } from '../../site/marbles/readMarbles.ts';
import { end, finish, reduceAll, start, text, usage } from '../support/deltas.ts';
import { root } from '../support/entryPoints.ts';
import { heartbeat, message } from '../support/frames.ts';
import { type Helpers, marbles } from '../support/marbles.ts';
import { withFrames } from '../support/withFrames.ts';

/** Runs an operator on the rows of a diagram, and holds it to the others. Strings stand in the docblock alone. */
interface Diagram {
  /** The values that a row's legend names, as they stand there. */
  readonly legend: (label: string) => Readonly<Record<string, string>>;
  /** The row as a cold source, which has to be subscribed to when the row begins. */
  readonly cold: <T = string>(label: string, values?: Readonly<Record<string, T>>, error?: unknown) => Observable<T>;
  /** Expects of a result what the row says; one that begins later is subscribed to then. */
  readonly expect: (label: string, result: Observable<unknown>, values?: unknown, error?: unknown) => void;
  /** Expects a cold row to be listened to as another row says. */
  readonly expectSubscribed: (source: string, label: string) => void;
  /** Lets the row's signs be the paints of a page. */
  readonly animate: (label: string) => void;
}

type Check = (diagram: Diagram) => void;

/** The texts of a legend as deltas. */
const textsOf = (legend: Readonly<Record<string, string>>): Record<string, Delta> =>
  Object.fromEntries(Object.entries(legend).map(([letter, words]) => [letter, text(0, words)]));

const deltas: Record<string, Delta> = { s: start(), t: text(0, 'Hi'), f: finish('stop'), u: usage({}), e: end };
const second = { ...start(), attempt: 2 } as Delta;
const overloaded = new ApiError({ message: 'Overloaded', code: 'overloaded_error' });
const again = (delayMs: number): Delta => ({ type: 'retry', attempt: 2, delayMs, error: overloaded });

const saying = (words: string): Completion => reduceDelta(undefined, text(0, words));
const completions = { a: saying('a'), b: saying('ab'), c: saying('abc'), d: saying('abcd') };

/** A cold source that is another stream for each subscription. */
const inTurn = <T>(first: Observable<T>, next: Observable<T>): Observable<T> => {
  let count = 0;
  return defer(() => {
    count += 1;
    return count === 1 ? first : next;
  });
};

const keyed = (delta: { readonly key: string; readonly delta?: Delta }): string => `${delta.key} ${delta.delta?.type}`;

const told = (event: PoolEvent<unknown>): string =>
  event.kind === 'value' ? String(event.value) : `${event.index} ${event.kind}`;

/** By the name of the operator: a check for each of its diagrams. */
const checks: Readonly<Record<string, readonly Check[]>> = {
  filterHeartbeat: [
    ({ cold, expect }) => {
      const frames = { c: heartbeat(''), p: message(''), d: message('{}') };
      expect('result', cold('frames', frames).pipe(filterHeartbeat(openAiChat)), frames);
    },
  ],
  takeUntilDone: [
    ({ cold, expect, expectSubscribed }) => {
      const frames = { d: message('{}'), D: message('[DONE]') };
      expect('result', cold('frames', frames).pipe(takeUntilDone(openAiChat)), frames);
      expectSubscribed('frames', 'subs');
    },
  ],
  toDeltas: [
    ({ cold, expect }) => {
      const chunks = { a: [start()], b: [text(0, 'Hi')], f: [finish('stop')], u: [usage({})] };
      const reset = new NetworkError({ url: 'http://host/', code: 'ECONNRESET', phase: 'body' });
      const dialect = { terminal: 'stop-reason', deltas: () => (chunk: readonly Delta[]) => chunk } as const;
      expect('deltas', cold<readonly Delta[]>('chunks', chunks, reset).pipe(toDeltas(dialect)), deltas);
    },
    ({ cold, expect }) => {
      const chunks = { a: [start()], b: [text(0, 'Hi')] };
      const dialect = { terminal: 'stop-reason', deltas: () => (chunk: readonly Delta[]) => chunk } as const;
      const error = new TruncatedError({ finishedChoices: 0, expectedChoices: 1 });
      expect('deltas', cold<readonly Delta[]>('chunks', chunks).pipe(toDeltas(dialect)), deltas, error);
    },
  ],
  fallback: [
    ({ cold, expect }) => {
      const sources = [cold('first', deltas, overloaded), cold('second', deltas)];
      expect('result', fallback(sources), { ...deltas, r: again(0), S: second });
    },
  ],
  hedge: [
    ({ cold, expect, expectSubscribed }) => {
      const source = inTurn(cold('attempt 1', deltas), cold('attempt 2', deltas));
      expect('result', source.pipe(hedge({ afterMs: 4 })), deltas);
      expectSubscribed('attempt 1', 'subs 1');
    },
  ],
  latestCompletions: [
    ({ cold, expect, legend }) => {
      const values = { 1: saying(legend('a')['1'] ?? ''), 2: saying(legend('a')['2'] ?? '') };
      const none = { completion: undefined, error: undefined, isDone: false };
      const one = { ...none, completion: values[1] };
      const two = { ...none, completion: values[2] };
      const failed = { completion: values[1], error: overloaded, isDone: true };
      expect('result', latestCompletions({ a: cold('a', values), b: cold('b', values, overloaded) }), {
        v: { a: one, b: none },
        w: { a: one, b: one },
        x: { a: two, b: one },
        y: { a: two, b: failed },
        z: { a: { ...two, isDone: true }, b: failed },
      });
    },
  ],
  mergeStreams: [
    ({ cold, expect }) => {
      const merged = mergeStreams({ a: cold('a', deltas), b: cold('b', deltas, overloaded) });
      const values = { a: 'a start', b: 'b start', c: 'a text', x: 'b undefined' };
      expect('result', merged.pipe(map(keyed)), values);
    },
  ],
  pool: [
    ({ cold, expect }) => {
      const jobs = [cold('job 0'), cold('job 1'), cold('job 2')];
      const values = { a: 'a', b: 'b', c: 'c', d: 'd', x: '1 failed', y: '2 done', z: '0 done' };
      expect('events', pool<unknown>(jobs, { concurrency: 2 }).pipe(map(told)), values);
    },
  ],
  raceFirstToken: [
    ({ cold, expect, expectSubscribed }) => {
      const sources = [cold('a', deltas), cold('b', deltas), cold('c', deltas, overloaded)];
      expect('result', raceFirstToken(sources), deltas);
      expectSubscribed('a', 'subs a');
    },
  ],
  shareCompletion: [
    ({ cold, expect }) => {
      const shared = cold('source', completions).pipe(shareCompletion());
      for (const label of ['first', 'second', 'third']) expect(label, shared, completions);
    },
  ],
  accumulateDelta: [
    ({ cold, expect }) => {
      const all = [deltas['s'], deltas['t'], deltas['t'], deltas['f'], deltas['e']] as Delta[];
      const values = Object.fromEntries(all.map((_, at) => [at, reduceAll(all.slice(0, at + 1))] as const));
      expect('completions', cold('deltas', deltas).pipe(accumulateDelta()), values);
    },
  ],
  jsonItems: [
    ({ cold, expect, legend }) => {
      expect('items', cold('texts', legend('texts')).pipe(jsonItems('')), { 1: { id: 1 }, 2: { id: 2 } });
    },
  ],
  retryWithBackoff: [
    ({ cold, expect }) => {
      const source = inTurn(cold('attempt 1', deltas, overloaded), cold('attempt 2', deltas));
      const options = { firstDelayMs: 8, random: () => 0.5 };
      expect('result', source.pipe(retryWithBackoff(options)), { ...deltas, r: again(4), S: second });
    },
  ],
  stoppedBy: [
    ({ cold, expect }) => {
      expect('result', cold('completions', completions).pipe(stoppedBy(cold('stop$'))), completions);
    },
  ],
  timeouts: [
    ({ cold, expect }) => {
      const error = new StreamTimeoutError('stalled', 4);
      expect('result', cold('deltas', deltas).pipe(timeouts({ stalledMs: 4 })), deltas, error);
    },
  ],
  splitSentences: [
    ({ cold, expect, legend }) => {
      expect('sentences', cold('text', legend('text')).pipe(splitSentences()), legend('sentences'));
    },
  ],
  batchDeltas: [
    ({ animate, cold, expect, legend }) => {
      animate('frames');
      const batches = Object.fromEntries(
        Object.entries(textsOf(legend('batches'))).map(([letter, delta]) => [letter, [delta]] as const),
      );
      expect('batches', cold('deltas', textsOf(legend('deltas'))).pipe(batchDeltas()), batches);
    },
  ],
  bufferForUi: [
    ({ animate, cold, expect }) => {
      animate('frames');
      expect('result', cold('snapshots').pipe(bufferForUi()));
    },
  ],
  smoothText: [
    ({ animate, cold, expect, legend }) => {
      animate('frames');
      const source = cold('deltas', textsOf(legend('deltas')));
      const shown = textsOf({ H: 'H', e: 'e', l: 'l', o: 'o' });
      expect('result', source.pipe(smoothText({ charsPerSecond: 500 })), shown);
    },
  ],
};

type Listened = Pick<ReturnType<Helpers['cold']>, 'subscriptions'>;

/** Runs a check on the rows of a diagram. */
const run = (rows: readonly MarbleRow[], check: Check, helpers: Helpers): void => {
  const { cold, expectObservable, expectSubscriptions, flush } = helpers;
  const sources = new Map<string, Listened>();
  const row = (label: string): MarbleRow => {
    const found = rows.find((one) => one.label === label);
    if (!found) throw new Error(`there is no row ${label}`);
    return found;
  };
  const sourceOf = (label: string): Listened => {
    const source = sources.get(label);
    if (!source) throw new Error(`the row ${label} is no source`);
    return source;
  };
  const isUsed = new Set<string>();
  const use = (label: string): MarbleRow => {
    isUsed.add(label);
    return row(label);
  };
  check({
    legend: (label) => row(label).legend,
    cold: <T>(label: string, values?: Readonly<Record<string, T>>, error?: unknown) => {
      const source = cold<T>(use(label).marbles, values, error);
      sources.set(label, source);
      return source;
    },
    expect: (label, result, values, error) => {
      const { startsAt, marbles: signs } = use(label);
      const wait = '-'.repeat(startsAt);
      expectObservable(result, startsAt === 0 ? undefined : `${wait}^`).toBe(wait + signs, values, error);
    },
    expectSubscribed: (source, label) => {
      expectSubscriptions(sourceOf(source).subscriptions).toBe(use(label).marbles);
    },
    animate: (label) => {
      helpers.animate(use(label).marbles);
    },
  });
  flush();
  for (const [label, { subscriptions }] of sources) {
    expect([label, subscriptions[0]?.subscribedFrame]).toEqual([label, row(label).startsAt]);
  }
  expect([...isUsed].sort()).toEqual(rows.map(({ label }) => label).sort());
};

const src = join(root, 'src');
const drawn = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const name = basename(file, '.ts');
    return marbleBlocks(readFileSync(join(src, file), 'utf8')).map((block, at) => ({ name, at, block }));
  });

describe('the marbles of a docblock', () => {
  it.each(drawn)('are what $name does (diagram $at)', ({ name, at, block }) => {
    const check = checks[name]?.[at];
    if (!check) throw new Error(`nothing holds the marbles of ${name} to be true: add a check above`);
    const isPage = readMarbles(block).some(({ label }) => label === 'frames') && block.includes('x');
    const body = marbles((helpers) => {
      run(readMarbles(block), check, helpers);
    });
    (isPage ? withFrames(body) : body)();
  });

  it('are there for every check', () => {
    const there = drawn.map(({ name, at }) => `${name} ${at}`);

    expect(
      Object.entries(checks)
        .flatMap(([name, all]) => all.map((_, at) => `${name} ${at}`))
        .sort(),
    ).toEqual(there.sort());
  });
});
