import type { Progress } from './Progress.ts';

/** One measured number. */
export interface Row {
  /** What was done: `openai-chat/16KiB`. */
  readonly case: string;
  /** Who did it: a package by its name, `rxllm`, or the yardstick of the scenario. */
  readonly client: string;
  /** What the number counts, its unit included: `microsPerEvent`. */
  readonly metric: string;
  readonly value: number;
}

/** How long and how large to measure. */
export interface ScenarioOptions {
  /** How often every client runs and is timed. */
  readonly rounds: number;
  /** How often every client runs before that, for the optimizing compiler to settle. */
  readonly warmUpRounds: number;
  /** Whether to try only that everything works, on little input. */
  readonly isSmoke: boolean;
  readonly progress: Progress;
}

/** One comparison. A file in `scenarios/` exports one; `scenarios/index.ts` lists them. */
export interface Scenario {
  /** As it is typed on the command line. */
  readonly name: string;
  /** What is measured, in one line. */
  readonly description: string;
  /** The packages in the comparison, whose versions belong to the numbers. */
  readonly packages: readonly string[];
  /** Measures; throws when a client gives a wrong answer. */
  readonly run: (options: ScenarioOptions) => Promise<readonly Row[]>;
  /** The rows as a person wants to read them. */
  readonly format: (rows: readonly Row[]) => string;
}
