import type { ToolCall } from '../completions/Completion.ts';
import type { ToolAnswer } from '../dialects/Dialect.ts';

/** A result as the model reads it; throws for one that no JSON can hold. */
const textOf = (result: unknown): string => {
  if (typeof result === 'string') return result;
  const json = JSON.stringify(result) as string | undefined;
  return json ?? 'null';
};

/** What the model is told of a call: its result, or the problem with it. Throws for a result that no JSON can hold. */
export const toolAnswer = (
  call: ToolCall,
  outcome: { readonly result: unknown } | { readonly problem: string },
): ToolAnswer =>
  'problem' in outcome
    ? { call, result: outcome.problem, text: `Error: ${outcome.problem}`, isError: true }
    : { call, result: outcome.result, text: textOf(outcome.result), isError: false };
