import { table } from '../harness/table.ts';
import { columns, type Tally } from './runCases.ts';

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

/** How many cases came to what, a line per row and their sum; the columns in capitals are the bad ones, 0 shows as a dot. */
export const tallyTable = (names: readonly string[], rows: readonly TallyRow[]): string => {
  const sum = columns.map((column) => rows.reduce((total, { tally }) => total + tally[column], 0));
  const lines = rows.map(({ cells, tally }) => [
    cells.join('  '),
    ...columns.map((column) => (tally[column] === 0 ? '.' : String(tally[column]))),
  ]);
  const widths = names.map((name, at) => Math.max(name.length, ...rows.map(({ cells }) => cells[at]?.length ?? 0)));
  const aligned = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd();
  return table([
    [aligned(names), ...columns.map((column) => headings[column])],
    ...lines.map(([_first, ...counts], at) => [aligned(rows[at]?.cells ?? []), ...counts]),
    ['all', ...sum.map((count) => (count === 0 ? '.' : String(count)))],
  ]);
};
