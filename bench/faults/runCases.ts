import type { FaultCase } from './FaultCase.ts';
import { judge, type Outcome, type Verdict, verdicts } from './judge.ts';

/** Does one case with a client; the signal tells it that time is up. Never rejects. */
export type CaseRunner = (faultCase: FaultCase, origin: string, signal: AbortSignal) => Promise<Outcome>;

/** How many cases came to what; `uncaught` and `leaked` count errors nobody took and sockets left open. */
export type Tally = Readonly<Record<Verdict | 'uncaught' | 'leaked', number>>;

/** Every column of a tally, and those that must be 0 for a client to be trusted. */
export const columns: readonly (keyof Tally)[] = [...verdicts, 'uncaught', 'leaked'];
export const zeroColumns = columns.filter((column) => column !== 'right' && column !== 'error');

export interface CaseResult {
  readonly faultCase: FaultCase;
  readonly outcome: Outcome;
  readonly verdict: Verdict;
}

export interface CasesResult {
  readonly tally: Tally;
  readonly results: readonly CaseResult[];
}

export interface RunCasesOptions {
  readonly origin: string;
  readonly run: CaseRunner;
  readonly concurrency: number;
  /** How long a case may take, in milliseconds; one that takes longer hangs, and is ended. */
  readonly boundMs: number;
  /** How many connections the server has open. */
  readonly openSockets: () => number;
  /** How many errors nobody took so far. */
  readonly uncaught: () => number;
  /** Called around each case. */
  readonly onBegin?: (faultCase: FaultCase) => void;
  readonly onEnd?: (faultCase: FaultCase) => void;
  /** How long sockets may take to close once all is over, in milliseconds. @defaultValue 2_000 */
  readonly closeMs?: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const within = async (
  { run, origin, boundMs }: RunCasesOptions,
  faultCase: FaultCase,
): Promise<Outcome> => {
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

/** Runs cases, some at a time, and counts what became of them. */
export const runCases = async (cases: readonly FaultCase[], options: RunCasesOptions): Promise<CasesResult> => {
  const { concurrency, openSockets, uncaught, onBegin, onEnd, closeMs = 2_000 } = options;
  const uncaughtBefore = uncaught();
  const socketsBefore = openSockets();
  const results: CaseResult[] = [];
  const waiting = cases[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const faultCase of waiting) {
      onBegin?.(faultCase);
      const outcome = await within(options, faultCase);
      onEnd?.(faultCase);
      results.push({ faultCase, outcome, verdict: judge(faultCase.answer.whole, outcome) });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));

  const deadline = performance.now() + closeMs;
  while (openSockets() > socketsBefore && performance.now() < deadline) await wait(5);
  // Rejections are told once the promises of a turn have settled, errors of RxJS from a timer.
  await wait(2);
  const counts = Object.fromEntries(
    verdicts.map((verdict) => [verdict, results.filter((result) => result.verdict === verdict).length]),
  ) as Record<Verdict, number>;
  return {
    tally: {
      ...counts,
      uncaught: uncaught() - uncaughtBefore,
      leaked: Math.max(0, openSockets() - socketsBefore),
    },
    results,
  };
};
