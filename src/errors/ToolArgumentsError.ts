import { shortened } from './shortened.ts';
import { TaggedError } from './TaggedError.ts';

/**
 * The arguments of a finished tool call are not JSON; the call must not be run.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolArgumentsError extends TaggedError {
  readonly _tag = 'ToolArgumentsError';
  override readonly name = 'ToolArgumentsError';
  readonly isRetryable = false;
  /** The tool's name as the model gave it. */
  readonly toolName: string;

  constructor(toolName: string, options?: ErrorOptions) {
    super(`the arguments of tool call "${shortened(toolName)}" are not valid JSON`, options);
    this.toolName = toolName;
  }
}
