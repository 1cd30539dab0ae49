import type { Part } from '../completions/Completion.ts';
import { ToolArgumentsError } from '../errors/ToolArgumentsError.ts';
import { isWritable } from '../internal/isWritable.ts';

/** A part as it can go back to the model: arguments may be JSON that nests deeper than JSON is written. */
export const sendablePart = (part: Part): Part => {
  if (part.kind !== 'tool-call' || part.status !== 'complete' || isWritable(part.arguments)) return part;
  const { arguments: _, ...call } = part;
  const cause = new RangeError('they nest too deep');
  return { ...call, status: 'invalid', error: new ToolArgumentsError(part.name, { cause }) };
};
