import type { FaultCase } from './FaultCase.ts';
import { judge, type Outcome, type Verdict, verdicts } from './judge.ts';

/** Does one case with a client; the signal tells it that time is up. Never rejects. */
export type CaseRunner = (faultCase: FaultCase, origin: string, signal: AbortSignal) => Promise<Outcome>;

/** A case in somebody's hands. */
export interface Trial {
  readonly faultCase: FaultCase;
  readonly run: CaseRunner;
  /** The line of the table that it counts in. */
  readonly row: readonly string[];
}

/** How many cases came to what; `uncaught` and `leaked` count errors nobody took and sockets left open. */
export type Tally = Readonly<Record<Verdict | 'uncaught' | 'leaked', number>>;

/** Every column of a tally, and those that must be 0 for a client to be trusted. */
export const columns: readonly (keyof Tally)[] = [...verdicts, 'uncaught', 'leaked'];
export const zeroColumns = columns.filter((column) => column !== 'right' && column !== 'error');

export interface TrialResult {
  readonly trial: Trial;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  /** Whether the connection was still in use when all was over. */
  readonly isLeaked: boolean;
}

export interface RunTrialsOptions {
  readonly origin: string;
  readonly concurrency: number;
  /** Over how long the first trials are spread, so that they do not go on in step, in milliseconds. @defaultValue 0 */
  readonly staggerMs?: number;
  /** How long a case may take, in milliseconds; one that takes longer hangs, and is ended. */
  readonly boundMs: number;
  /** Whether the server still has an answer to this case under way. */
  readonly isUnderWay: (faultCase: FaultCase) => boolean;
  readonly onBegin?: (faultCase: FaultCase) => void;
  /** How long sockets may take to close once all is over, in milliseconds. @defaultValue 2_000 */
  readonly closeMs?: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const runOne = async ({ run, faultCase }: Trial, { origin, boundMs }: RunTrialsOptions): Promise<Outcome> => {
  const leave = new AbortController();
  let bell: NodeJS.Timeout | undefined;
  const hang = new Promise<Outcome>((resolve) => {
    bell = setTimeout(() => {
      resolve({ ending: 'hang', shown: [] });
    }, boundMs);
  });
  const outcome = await Promise.race([run(faultCase, origin, leave.signal), hang]);
  clearTimeout(bell);
  if (outcome.ending === 'hang') leave.abort();
  return outcome;
};

/** Runs trials, some at a time, and judges what became of them. */
export const runTrials = async (
  trials: readonly Trial[],
  options: RunTrialsOptions,
): Promise<readonly TrialResult[]> => {
  const { concurrency, staggerMs = 0, isUnderWay, onBegin, closeMs = 2_000 } = options;
  const done: Omit<TrialResult, 'isLeaked'>[] = [];
  const waiting = trials[Symbol.iterator]();
  const work = async (worker: number): Promise<void> => {
    await wait((staggerMs * worker) / concurrency);
    for (const trial of waiting) {
      onBegin?.(trial.faultCase);
      const outcome = await runOne(trial, options);
      done.push({ trial, outcome, verdict: judge(trial.faultCase.answer.whole, outcome) });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker)));

  const deadline = performance.now() + closeMs;
  let left = done.filter(({ trial }) => isUnderWay(trial.faultCase));
  while (left.length > 0 && performance.now() < deadline) {
    await wait(10);
    left = left.filter(({ trial }) => isUnderWay(trial.faultCase));
  }
  return done.map((result) => ({ ...result, isLeaked: left.includes(result) }));
};

/** Counts what became of trials, and of errors that nobody took. */
export const tallyOf = (results: readonly TrialResult[], uncaught = 0): Tally => {
  const tally = Object.fromEntries(columns.map((column) => [column, 0])) as Record<keyof Tally, number>;
  for (const { verdict, isLeaked } of results) {
    tally[verdict] += 1;
    if (isLeaked) tally.leaked += 1;
  }
  return { ...tally, uncaught };
};

/** The tallies line by line, in the order in which the lines first appear among the trials. */
export const tallyByRow = (
  trials: readonly Trial[],
  results: readonly TrialResult[],
): readonly { readonly cells: readonly string[]; readonly tally: Tally }[] => {
  const rows = new Map(trials.map(({ row }) => [row.join('\n'), { cells: row, results: [] as TrialResult[] }]));
  for (const result of results) rows.get(result.trial.row.join('\n'))?.results.push(result);
  return [...rows.values()].map((row) => ({ cells: row.cells, tally: tallyOf(row.results) }));
};
