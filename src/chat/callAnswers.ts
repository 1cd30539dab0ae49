import type { Part, ToolCall } from '../completions/Completion.ts';
import type { ToolAnswer } from '../dialects/Dialect.ts';
import { toolAnswer } from '../tools/toolAnswer.ts';

/** Why there is no result of a call. */
const problemOf = ({ status, run }: ToolCall): string => {
  if (run?.status === 'failed') return run.error.problem;
  if (run !== undefined) return 'it was stopped before it gave a result';
  if (status === 'invalid') return 'the arguments cannot be read';
  return status === 'complete' ? 'it was not run' : 'the answer ended before it was whole';
};

const answerTo = (call: ToolCall): ToolAnswer => {
  const { run } = call;
  if (run?.status !== 'done') return toolAnswer(call, { problem: problemOf(call) });
  try {
    return toolAnswer(call, { result: run.result });
  } catch {
    return toolAnswer(call, { problem: 'its result cannot be written as JSON' });
  }
};

/** What the model is told of the calls in a step: each of them, for providers refuse a call that nothing answers. */
export const callAnswers = (parts: readonly Part[]): readonly ToolAnswer[] =>
  parts.flatMap((part) => (part.kind === 'tool-call' && part.executedBy === 'client' ? [answerTo(part)] : []));
