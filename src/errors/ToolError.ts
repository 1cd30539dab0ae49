import { shortened } from './shortened.ts';
import { TaggedError } from './TaggedError.ts';

/**
 * Why a tool gave no result: `cut-short` and `invalid-arguments` calls, an `unknown-tool` and a `denied` one were never run;
 * one that `failed` threw.
 */
export type ToolErrorReason = 'cut-short' | 'invalid-arguments' | 'unknown-tool' | 'denied' | 'failed';

export interface ToolErrorFields {
  readonly reason: ToolErrorReason;
  /** The tool's name as the model gave it. */
  readonly toolName: string;
  /** The call's id; empty when the provider gives none. */
  readonly callId: string;
  /** What is wrong, in words that the model may read, too. */
  readonly problem: string;
}

/**
 * A tool call that gave no result.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolError extends TaggedError implements ToolErrorFields {
  readonly _tag = 'ToolError';
  override readonly name = 'ToolError';
  readonly isRetryable = false;
  readonly reason: ToolErrorReason;
  readonly toolName: string;
  readonly callId: string;
  readonly problem: string;

  constructor({ reason, toolName, callId, problem }: ToolErrorFields, options?: ErrorOptions) {
    super(`tool call "${shortened(toolName)}": ${problem}`, options);
    this.reason = reason;
    this.toolName = toolName;
    this.callId = callId;
    this.problem = problem;
  }
}
