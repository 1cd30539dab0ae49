import type { Need } from '../catalogue/ConformanceCase.ts';
import type { CaseRunner } from '../faults/runTrials.ts';

/** A client as somebody uses it; a file here says how. */
export interface ConformanceClient {
  /** Stable: what `--client` takes. */
  readonly id: string;
  /** What is called: the heading of its column. */
  readonly title: string;
  /** What has to be installed for it, as npm names it; empty for what needs nothing. */
  readonly packages: readonly string[];
  /** The name of the dialect that it speaks. */
  readonly dialect: string;
  /** What it is called with, and what it promises, in a few sentences of Markdown. */
  readonly how: string;
  /** What it cannot be asked for. */
  readonly lacks?: readonly Need[];
  readonly run: CaseRunner;
}
