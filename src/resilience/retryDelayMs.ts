import type { StreamError } from '../errors/StreamError.ts';
import { backoffMs, type BackoffOptions } from './backoffMs.ts';

/** How long the server that sent an error asks to wait, in milliseconds. */
export const askedMs = (error: StreamError): number | undefined => {
  if (error._tag === 'ContentTypeError') return error.apiError?.retryAfterMs;
  return error._tag === 'HttpError' || error._tag === 'ApiError' ? error.retryAfterMs : undefined;
};

/**
 * How long to wait before the nth retry (counted from 1) after an error, in milliseconds; `undefined` when
 * the server asks for more than `maxAskedMs`. Never sooner than it asked, and somewhat later, so that
 * clients that were all told the same do not come back at once.
 */
export const retryDelayMs = (
  error: StreamError,
  attempt: number,
  backoff: BackoffOptions,
  maxAskedMs = backoff.maxDelayMs ?? 30_000,
): number | undefined => {
  const asked = askedMs(error);
  if (asked === undefined) return backoffMs(attempt, backoff);
  return asked > maxAskedMs ? undefined : Math.min(maxAskedMs, asked + backoffMs(attempt, backoff));
};
