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
      return error.isRetryable ? 'The server is overloaded.' : 'The server refused the request.';
    case 'ApiError':
      // Our server says no more than people may know.
      if (error.code?.startsWith('rate_limit')) return 'Too many requests at the moment.';
      return `${error.providerMessage.charAt(0).toUpperCase()}${error.providerMessage.slice(1)}.`;
    case 'LogError':
      return 'The server lost the answer.';
    default:
      return error.message;
  }
}
