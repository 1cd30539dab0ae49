import type { AnswerCost } from './measureAnswer.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

const columns: readonly (readonly [heading: string, cell: (cost: AnswerCost) => string])[] = [
  ['updates', ({ updates }) => count(updates)],
  ['busy ms', ({ busyMs }) => count(busyMs)],
  ['of ms', ({ elapsedMs }) => count(elapsedMs)],
  ['long tasks', ({ longTasks }) => count(longTasks)],
  ['longest ms', ({ longestTaskMs }) => count(longestTaskMs)],
  ['dropped frames', ({ droppedFrames }) => count(droppedFrames)],
  ['latency ms', ({ latencyMs }) => count(latencyMs)],
  ['characters', ({ shownChars }) => count(shownChars)],
];

/** The cost of an answer on several pages, one beneath the other. */
export const speedTable = (title: string, rows: Readonly<Record<string, AnswerCost>>): string => {
  const cells = [
    [title, ...columns.map(([heading]) => heading)],
    ...Object.entries(rows).map(([name, cost]) => [name, ...columns.map(([, cell]) => cell(cost))]),
  ];
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n');
};
