import { table } from '../../bench/harness/table.ts';
import { columns, type Tally } from './runTrials.ts';

/** One line of the table: who or what, and how its cases ended. */
export interface TallyRow {
  readonly cells: readonly string[];
  readonly tally: Tally;
}

const headings: Readonly<Record<keyof Tally, string>> = {
  right: 'right',
  error: 'error',
  truncated: 'TRUNCATED',
  doubled: 'DOUBLED',
  wrong: 'WRONG',
  unsafe: 'UNSAFE TOOL',
  untyped: 'UNTYPED',
  hang: 'HANG',
  uncaught: 'UNCAUGHT',
  leaked: 'LEAKED',
};

const shownAs = (count: number): string => (count === 0 ? '.' : String(count));

/** How many cases came to what, a line per row and their sum; the columns in capitals are the bad ones, 0 is a dot. */
export const tallyTable = (names: readonly string[], rows: readonly TallyRow[]): string => {
  const widths = names.map((name, at) => Math.max(name.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0)));
  const aligned = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const sum = columns.map((column) => shownAs(rows.reduce((total, { tally }) => total + tally[column], 0)));
  return table([
    [aligned(names), ...columns.map((column) => headings[column])],
    ...rows.map(({ cells, tally }) => [aligned(cells), ...columns.map((column) => shownAs(tally[column]))]),
    ['all', ...sum],
  ]);
};
