import { isStreamError } from '../errors/StreamError.ts';
import { askedMs } from '../resilience/retryDelayMs.ts';
import { Refusal } from './Refusal.ts';
import { shownError } from './shownError.ts';

const statusOf = (error: unknown): number => {
  if (!isStreamError(error)) return 500;
  const status = 'status' in error ? error.status : undefined;
  if (status === 429) return 429;
  // To be tried again later, whichever of the two servers is to blame.
  return error.isRetryable ? 503 : 500;
};

/** What the client is told where an answer could not even be begun. */
export const startRefusal = (error: unknown): Refusal => {
  const { code = 'server_error', providerMessage } = shownError(error);
  const waitMs = isStreamError(error) ? askedMs(error) : undefined;
  const headers = waitMs === undefined ? {} : { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
  return new Refusal(statusOf(error), code, providerMessage, headers);
};
