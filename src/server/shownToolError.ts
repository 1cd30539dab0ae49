import { ToolError, type ToolErrorReason } from '../errors/ToolError.ts';

/** What a client may know of it: what a tool throws, and what is wrong with its input, is for the model. */
const words: Readonly<Record<ToolErrorReason, string>> = {
  'cut-short': 'the answer ended before it was whole',
  'invalid-arguments': 'its input does not fit',
  'unknown-tool': 'there is no such tool',
  denied: 'it was not approved',
  failed: 'it failed',
};

/** An error of a tool as a client may be shown it. */
export const shownToolError = ({ reason, toolName, callId }: ToolError): ToolError => {
  // What comes out of a log of somebody's own may be no such error any more.
  const known = Object.hasOwn(words, reason) ? reason : 'failed';
  return new ToolError({ reason: known, toolName, callId, problem: words[known] });
};
