import type { Dialect } from '../../src/dialects/Dialect.ts';
import type { FaultCase } from '../faults/FaultCase.ts';

/** What somebody must be able to ask a client for, or a case cannot be put to it. */
export type Need = 'choices';

/**
 * What a client must come to: `right` where nothing is amiss, `honest` where an error is as good; `none` where it is shown
 * what becomes of something that few promise.
 */
export type Bar = 'right' | 'honest' | 'none';

/** One line of the table, and what it takes to play it. */
export interface ConformanceCase {
  /** Stable: what `--case` takes. */
  readonly id: string;
  /** What happens, in a line. */
  readonly title: string;
  readonly bar: Bar;
  readonly needs?: Need | undefined;
  /** The exchanges it is made of, the worst of which counts; none where a dialect has no such thing. */
  readonly trials: (dialect: Dialect) => readonly FaultCase[];
}

/** Cases that belong together. */
export interface CaseGroup {
  readonly title: string;
  /** What they have in common, and what is expected of a client. */
  readonly intro: string;
  readonly cases: readonly ConformanceCase[];
}

/** Whether its events are framed as server-sent events are; NDJSON has lines and nothing else. */
export const isSse = ({ framing }: Pick<Dialect, 'framing'>): boolean => framing === 'sse';

/** Whether the dialect sends a call's arguments as text, piece by piece. */
export const hasArgumentsText = ({ name }: Pick<Dialect, 'name'>): boolean => !['gemini', 'ollama'].includes(name);
