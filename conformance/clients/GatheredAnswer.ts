import type { Seen } from '../faults/judge.ts';
import { parsedCalls } from './reading.ts';

export interface GatheredCall {
  name: string;
  arguments: string;
}

/** What a reader puts together by hand from the events of a stream. */
export interface GatheredAnswer {
  text: string;
  readonly others: string[];
  readonly calls: GatheredCall[];
  /** The stop reason, once it has arrived. */
  finish: string | undefined;
  usage: Seen['usage'];
}

export const gatheredAnswer = (): GatheredAnswer => ({
  text: '',
  others: [],
  calls: [],
  finish: undefined,
  usage: undefined,
});

const toolReasons: readonly string[] = ['tool_calls', 'stop', 'tool_use', 'end_turn'];

/**
 * What the reader takes for the answer. A careful one (`isChecked`) throws where no stop reason arrived, and runs calls only
 * where it says that they are whole.
 */
export const answerIn = ({ text, calls, finish, usage, others }: GatheredAnswer, isChecked: boolean): Seen => {
  if (isChecked && finish === undefined) throw new Error('the stream ended without a stop reason');
  const runnable = isChecked && !toolReasons.includes(finish ?? '') ? [] : parsedCalls(calls);
  return { text, runnable, usage, others };
};
