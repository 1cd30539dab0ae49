import { isStreamError } from '../../src/index.ts';

/** What clients are not told goes to the standard error; errors of streams carry neither keys nor prompts. */
export const reportError = (error: unknown): void => {
  console.error(isStreamError(error) ? `${error._tag}: ${error.message}` : error);
};
