import type { Row } from './Scenario.ts';

/** The rows of each case as a table of its own, one below the other. */
export const perCase =
  (format: (name: string, rows: readonly Row[]) => string) =>
  (rows: readonly Row[]): string =>
    [...new Set(rows.map((row) => row.case))]
      .map((name) =>
        format(
          name,
          rows.filter((row) => row.case === name),
        ),
      )
      .join('\n\n');
