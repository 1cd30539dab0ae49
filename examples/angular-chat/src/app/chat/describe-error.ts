import { isStreamError } from 'rxllm';

/** What went wrong, for people. */
export function describeError(error: unknown): string {
  if (!isStreamError(error)) return 'Something went wrong in this page.';
  switch (error._tag) {
    case 'NetworkError':
    case 'TruncatedError':
      return 'The connection was lost before the answer was finished.';
    case 'StreamTimeoutError':
      return 'The model took too long.';
    case 'HttpError':
    case 'ApiError':
      if (error.status === 429) return 'Too many requests at the moment.';
      return error.isRetryable ? 'The model is overloaded.' : 'The model refused the request.';
    default:
      return error.message;
  }
}
