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
  /** How long it took until its reader was done, in milliseconds. */
  readonly tookMs: number;
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
  readonly onDone?: () => void;
  /** How long a socket may take to close once its reader is done, in milliseconds. @defaultValue 2_000 */
  readonly closeMs?: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const tickMs = 100;

/** Calls back once it is over, of which each turn counts for its length at most: a machine that gives none ends nothing. */
const afterTurns = (ms: number, callback: () => void): (() => void) => {
  let leftMs = ms;
  const ticks = setInterval(() => {
    leftMs -= tickMs;
    if (leftMs > 0) return;
    clearInterval(ticks);
    callback();
  }, tickMs);
  return () => {
    clearInterval(ticks);
  };
};

const runOne = async ({ run, faultCase }: Trial, { origin, boundMs }: RunTrialsOptions): Promise<Outcome> => {
  const leave = new AbortController();
  let stopBell = (): void => undefined;
  const hang = new Promise<Outcome>((resolve) => {
    stopBell = afterTurns(boundMs, () => {
      resolve({ ending: 'hang', shown: [] });
    });
  });
  const outcome = await Promise.race([run(faultCase, origin, leave.signal), hang]);
  stopBell();
  if (outcome.ending === 'hang') leave.abort();
  return outcome;
};

/** Whether the server still has an answer under way, `closeMs` after its reader was done with it. */
const leaks = async (faultCase: FaultCase, { isUnderWay, closeMs = 2_000 }: RunTrialsOptions): Promise<boolean> => {
  const deadline = performance.now() + closeMs;
  while (isUnderWay(faultCase) && performance.now() < deadline) await wait(10);
  return isUnderWay(faultCase);
};

/** Runs trials, some at a time, and judges what became of them. */
export const runTrials = async (
  trials: readonly Trial[],
  options: RunTrialsOptions,
): Promise<readonly TrialResult[]> => {
  const { concurrency, staggerMs = 0, onBegin, onDone } = options;
  const waiting = trials[Symbol.iterator]();
  const leaving: Promise<TrialResult>[] = [];
  const work = async (worker: number): Promise<void> => {
    await wait((staggerMs * worker) / concurrency);
    for (const trial of waiting) {
      onBegin?.(trial.faultCase);
      const beganMs = performance.now();
      const outcome = await runOne(trial, options);
      const tookMs = performance.now() - beganMs;
      const verdict = judge(trial.faultCase.answer.whole, outcome);
      onDone?.();
      leaving.push(leaks(trial.faultCase, options).then((isLeaked) => ({ trial, outcome, verdict, tookMs, isLeaked })));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker)));
  return Promise.all(leaving);
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
