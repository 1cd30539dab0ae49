import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Dialect } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';

import { shortText, shortTool } from '../../conformance/faults/FaultAnswer.ts';
import { type FaultCase, hasClock, type Mode, modes } from '../../conformance/faults/FaultCase.ts';
import { atEveryByte, endings, faultsOf } from '../../conformance/faults/faultKinds.ts';
import { rxllmClient } from '../../conformance/clients/rxllm.ts';
import {
  runTrials,
  tallyByRow,
  tallyOf,
  type Trial,
  type TrialResult,
  zeroColumns,
} from '../../conformance/faults/runTrials.ts';
import { type RunningCases, serveCases } from '../../conformance/faults/serveCases.ts';
import { tallyTable } from '../../conformance/faults/tallyTable.ts';
import { watchUncaught } from '../../conformance/faults/watchUncaught.ts';

/**
 * `all` crosses every byte with every ending and every mode. Else, to save time, each byte of the text meets each
 * ending and each mode once, each byte of the tool call one ending in one mode.
 */
const isAll = process.env['RXLLM_FAULTS'] === 'all';

const trialOf = (faultCase: FaultCase, mode: Mode): Trial => ({
  faultCase: { ...faultCase, id: `${faultCase.id}/${mode}` },
  run: rxllmClient(mode),
  row: [faultCase.dialect.name, mode, faultCase.kind],
});

/** Which endings are tried at every byte. */
const anywhere = [endings.fin, endings.rst, endings.stall];

const isTurn = (bytes: number, isTool: boolean, turn: number, mode: number): boolean =>
  (bytes + turn) % 3 === mode && (!isTool || Math.floor(bytes / 3) % 3 === turn);

const trialsOf = (mode: Mode, at: number, dialect: Dialect): readonly Trial[] => [
  ...faultsOf(dialect).map((faultCase) => trialOf(faultCase, mode)),
  ...anywhere.flatMap((ending, turn) =>
    [shortText, shortTool].flatMap((answer) =>
      atEveryByte(ending, dialect, answer)
        .filter((_, bytes) => isAll || isTurn(bytes, answer === shortTool, turn, at))
        .map((faultCase) => trialOf(faultCase, mode)),
    ),
  ),
];

const trials = [openAiChat, anthropicMessages, ollama].flatMap((dialect) =>
  modes.flatMap((mode, at) => trialsOf(mode, at, dialect)),
);

const waits = ({ faultCase }: Trial): boolean => hasClock(faultCase);

/** Well beyond what the slowest case takes: three attempts and as many resumptions, each to the end of its clock. */
const boundMs = 12_000;
const suiteTimeoutMs = 600_000;

let server: RunningCases;
let results: readonly TrialResult[] = [];
const watch = watchUncaught();
/** How late this process gets its turns; a machine that is busy with other things shows here. */
const lateness = monitorEventLoopDelay({ resolution: 10 });

beforeAll(async () => {
  lateness.enable();
  server = await serveCases();
  const options = { origin: server.origin, boundMs, isUnderWay: server.isUnderWay, onBegin: server.add };
  // Those that wait for a clock do so beside the rest, of which few run at a time: clocks should not ring for lack of a turn.
  const [clocked, busy] = await Promise.all([
    runTrials(trials.filter(waits), { ...options, concurrency: 100, staggerMs: 800 }),
    runTrials(
      trials.filter((trial) => !waits(trial)),
      { ...options, concurrency: 12 },
    ),
  ]);
  results = [...clocked, ...busy];
}, suiteTimeoutMs);

afterAll(async () => {
  await server.close();
  watch.stop();
  // Jest puts what goes through `console` in a frame, and loses some of it when it runs several files.
  writeSync(
    2,
    `\n${tallyTable(['dialect', 'mode', 'fault'], tallyByRow(trials, results))}\n` +
      `${results.length} cases, ${server.requests()} requests, ${watch.errors.length} uncaught\n\n`,
  );
});

/** What to look at first when a case went wrong. */
const brief = ({ trial: { faultCase, row }, outcome, verdict }: TrialResult): string =>
  [
    ...row,
    faultCase.answer.name,
    JSON.stringify(faultCase.break({}, 0, 'begin')).slice(0, 200),
    `overlap ${faultCase.overlapChars}`,
    `${verdict}, not ${faultCase.expected[row[1] as Mode]}`,
    outcome.error ?? outcome.ending,
    JSON.stringify(outcome.shown.at(-1)),
  ].join(' | ');

const briefs = (which: (result: TrialResult) => boolean): readonly string[] =>
  results.filter(which).slice(0, 5).map(brief);

describe('after any fault', () => {
  it.each(zeroColumns.filter((column) => column !== 'uncaught' && column !== 'leaked'))('no case is %s', (column) => {
    expect(briefs(({ verdict }) => verdict === column)).toEqual([]);
    expect(tallyOf(results)[column]).toBe(0);
  });

  it('no error goes uncaught', () => {
    expect(watch.errors).toEqual([]);
  });

  it('no answer keeps its socket', () => {
    expect(briefs(({ isLeaked }) => isLeaked)).toEqual([]);
  });

  it('no socket stays open', async () => {
    // For every answer that is left early, Node's fetch opens a further connection, which it closes after some
    // seconds: https://github.com/nodejs/undici/issues/5845
    const deadline = performance.now() + 15_000;
    while (server.openSockets() > 0 && performance.now() < deadline) await new Promise((go) => setTimeout(go, 50));

    expect(server.openSockets()).toBe(0);
  }, 20_000);
});

describe('what a fault comes to', () => {
  const expectedOf = ({ trial }: TrialResult) => trial.faultCase.expected[trial.row[1] as Mode];
  const latenessMs = (): number => lateness.percentile(99) / 1e6;
  /**
   * A clock that rings before its time, for want of a turn, ends an attempt: that is an error, or one more attempt. Those of
   * eight seconds do so only where hardly any turn comes in time.
   */
  const mayBeLate = ({ trial, outcome }: TrialResult): boolean => {
    const isLate = outcome.error === 'StreamTimeoutError';
    return waits(trial) ? isLate || trial.row[1] !== 'plain' : isLate && latenessMs() >= 100;
  };

  it('is known beforehand, but for clocks that rang early on a busy machine', () => {
    expect(results.length).toBe(trials.length);
    expect(briefs((result) => !['either', result.verdict].includes(expectedOf(result)) && !mayBeLate(result))).toEqual(
      [],
    );
  });

  it('is the right answer, as a rule, where a clock had to notice the fault and another request helps', () => {
    const healing = results.filter((result) => waits(result.trial) && expectedOf(result) === 'right');
    const right = healing.filter(({ verdict }) => verdict === 'right');

    // The server's turns come as late as the client's, and several of each pass before a byte has come: where they add up to
    // what the clocks last, a clock that rings says nothing of the stream.
    if (latenessMs() < 50) expect(right.length).toBeGreaterThan(healing.length / 2);
    else console.warn(`not judged: this machine was too busy, turns came up to ${Math.round(latenessMs())} ms late`);
  });
});
