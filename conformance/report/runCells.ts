import { hasClock } from '../faults/FaultCase.ts';
import { runTrials, type Trial, type TrialResult } from '../faults/runTrials.ts';
import type { RunningCases } from '../faults/serveCases.ts';
import type { UncaughtWatch } from '../faults/watchUncaught.ts';
import { type Cell, cellName, type FilledCell } from './Cell.ts';
import { isGood, type Word, wordOf, worseOf } from './words.ts';

/** How long a trial may take, in milliseconds, with a clock of one second and without. */
const clockedBoundMs = 8_000;
const boundMs = 16_000;

/** How many run at a time: many of those that mostly wait, few of those that work. */
const waitingAtATime = 40;
const busyAtATime = 8;

export interface RunCellsOptions {
  readonly server: RunningCases;
  readonly watch: UncaughtWatch;
  readonly onDone?: (done: number, all: number) => void;
}

const waits = ({ faultCase }: Trial): boolean =>
  hasClock(faultCase) || faultCase.leave !== undefined || faultCase.kind.startsWith('status-');

const trialsOf = (cells: readonly Cell[]): readonly Trial[] =>
  cells.flatMap((cell) => cell.trials.map((faultCase) => ({ faultCase, run: cell.client.run, row: [cellName(cell)] })));

/** Errors that nobody takes come up a little later than what they belong to. */
const settleMs = 50;

const runOnce = async (cells: readonly Cell[], { server, onDone }: RunCellsOptions) => {
  const trials = trialsOf(
    cells.filter(({ client, conformanceCase: { needs } }) => !needs || !client.lacks?.includes(needs)),
  );
  let done = 0;
  const options = {
    origin: server.origin,
    isUnderWay: server.isUnderWay,
    onBegin: server.add,
    onDone: () => onDone?.((done += 1), trials.length),
  };
  const results = [
    ...(await runTrials(
      trials.filter((trial) => !waits(trial)),
      { ...options, boundMs, concurrency: busyAtATime },
    )),
    ...(await runTrials(trials.filter(waits), {
      ...options,
      boundMs: clockedBoundMs,
      concurrency: waitingAtATime,
      staggerMs: trials.length > waitingAtATime ? 1_000 : 0,
    })),
  ];
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const byCell = new Map<string, TrialResult[]>();
  for (const result of results) {
    const [name = ''] = result.trial.row;
    byCell.set(name, [...(byCell.get(name) ?? []), result]);
  }
  return byCell;
};

const filled = (cell: Cell, results: readonly TrialResult[], isUncaught: boolean): FilledCell => {
  const each = results.map(wordOf);
  const [first, ...rest] = each;
  if (first === undefined) return { ...cell, word: 'not offered', count: 0, isGood: true, results };
  const word: Word = isUncaught ? 'UNCAUGHT' : rest.reduce(worseOf, first);
  return {
    ...cell,
    word,
    count: isUncaught ? each.length : each.filter((one) => one === word).length,
    isGood: isGood(word, cell.conformanceCase.bar),
    results,
  };
};

/** In two or more parts: by client while there are several of them, then one by one. */
const parts = (cells: readonly Cell[]): readonly (readonly Cell[])[] => {
  const columns = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.client.dialect} ${cell.client.id}`;
    columns.set(key, [...(columns.get(key) ?? []), cell]);
  }
  return columns.size > 1 ? [...columns.values()] : cells.map((cell) => [cell]);
};

/** Plays cells and judges them. Where an error goes uncaught, they are played again in smaller parts to find whose it is. */
export const runCells = async (cells: readonly Cell[], options: RunCellsOptions): Promise<readonly FilledCell[]> => {
  const before = options.watch.errors.length;
  const results = await runOnce(cells, options);
  const isUncaught = options.watch.errors.length > before;
  if (!isUncaught || cells.length === 1) {
    return cells.map((cell) => filled(cell, results.get(cellName(cell)) ?? [], isUncaught));
  }
  const again: FilledCell[] = [];
  for (const part of parts(cells)) again.push(...(await runCells(part, { ...options, onDone: () => undefined })));
  return again;
};
