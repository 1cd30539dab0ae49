import type { OperatorFunction } from 'rxjs';
import {
  accumulateDelta,
  batchDeltas,
  bufferForUi,
  type Dialect,
  filterHeartbeat,
  parseChunk,
  retryWithBackoff,
  smoothText,
  splitSentences,
  type StreamOptions,
  takeUntilDone,
  textOf,
  timeouts,
  toDeltas,
} from 'rxllm';

import type { Kind } from './Kind.ts';
import { resume } from './snippets/resume.ts';

/** An operator that can be put into the pipeline. */
export interface LiveOperator {
  /** What stands before the bracket, and tells it from the others. */
  readonly name: string;
  readonly about: string;
  /** `any` takes whatever comes, and gives the same. */
  readonly takes: Kind | 'any';
  readonly gives: Kind | 'any';
  /** Its arguments as code, given the name of the dialect. */
  readonly args: (dialect: string) => string;
  readonly apply: (dialect: Dialect, request: StreamOptions<never>) => OperatorFunction<never, unknown>;
  /** A module that says what it is, where the library does not. */
  readonly snippet?: string;
}

const withDialect = (dialect: string): string => dialect;

/** In the order in which most pipelines have them. */
export const liveOperators: readonly LiveOperator[] = [
  {
    name: 'filterHeartbeat',
    about: 'drops comments and pings',
    takes: 'frames',
    gives: 'frames',
    args: withDialect,
    apply: (dialect) => filterHeartbeat(dialect),
  },
  {
    name: 'takeUntilDone',
    about: 'completes at the closing marker, and leaves the source',
    takes: 'frames',
    gives: 'frames',
    args: withDialect,
    apply: (dialect) => takeUntilDone(dialect),
  },
  {
    name: 'parseChunk',
    about: 'parses JSON, and checks its shape',
    takes: 'frames',
    gives: 'chunks',
    args: withDialect,
    apply: (dialect) => parseChunk(dialect),
  },
  {
    name: 'toDeltas',
    about: 'from the provider’s chunks to neutral deltas; judges the ending',
    takes: 'chunks',
    gives: 'deltas',
    args: withDialect,
    apply: (dialect) => toDeltas(dialect),
  },
  {
    name: 'timeouts',
    about: 'an answer that does not begin, or go on, is an error',
    takes: 'deltas',
    gives: 'deltas',
    args: () => '{ firstTokenMs: 2_500, stalledMs: 1_500 }',
    apply: () => timeouts({ firstTokenMs: 2_500, stalledMs: 1_500 }),
  },
  {
    name: 'retryWithBackoff',
    about: 'asks again, while nothing of the answer has arrived',
    takes: 'deltas',
    gives: 'deltas',
    args: () => '{ firstDelayMs: 500 }',
    apply: () => retryWithBackoff({ firstDelayMs: 500 }),
  },
  {
    name: 'resume',
    about: 'asks for the rest of an answer that broke off; made of continueDeltas',
    takes: 'deltas',
    gives: 'deltas',
    args: (dialect) => `${dialect}, request`,
    apply: (dialect, request) => resume(dialect, request),
    snippet: 'resume',
  },
  {
    name: 'smoothText',
    about: 'text at a steady pace',
    takes: 'deltas',
    gives: 'deltas',
    args: () => '{ charsPerSecond: 60 }',
    apply: () => smoothText({ charsPerSecond: 60 }),
  },
  {
    name: 'accumulateDelta',
    about: 'the answer so far, after every delta',
    takes: 'deltas',
    gives: 'completions',
    args: () => '',
    apply: () => accumulateDelta(),
  },
  {
    name: 'bufferForUi',
    about: 'the latest value for each paint; here four a second, to be seen',
    takes: 'any',
    gives: 'any',
    args: () => '{ minIntervalMs: 250 }',
    apply: () => bufferForUi({ minIntervalMs: 250 }),
  },
  {
    name: 'batchDeltas',
    about: 'the deltas of each paint as one list',
    takes: 'deltas',
    gives: 'lists of deltas',
    args: () => '{ minIntervalMs: 250 }',
    apply: () => batchDeltas({ minIntervalMs: 250 }),
  },
  {
    name: 'textOf',
    about: 'the pieces of text alone',
    takes: 'deltas',
    gives: 'texts',
    args: () => '',
    apply: () => textOf(),
  },
  {
    name: 'splitSentences',
    about: 'whole sentences, for a voice',
    takes: 'deltas',
    gives: 'texts',
    args: () => '',
    apply: () => splitSentences(),
  },
];

/** The operator of a name; an address may hold one that is no longer there. */
export const operatorNamed = (name: string): LiveOperator | undefined =>
  liveOperators.find((operator) => operator.name === name);
