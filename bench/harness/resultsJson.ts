import type { Row } from './Scenario.ts';

/** What one scenario gave. */
export interface Results {
  readonly scenario: string;
  readonly rows: readonly Row[];
}

/** More digits than a measurement has, fewer than a reader minds. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** `results` as JSON: one object where one scenario was asked for by name, else a list of them. */
export const resultsJson = (results: Results | readonly Results[]): string =>
  JSON.stringify(results, (_key, value: unknown) => (typeof value === 'number' ? rounded(value) : value), 2);
