import { ApiError } from '../errors/ApiError.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { clientError } from '../pipeline/clientError.ts';

/** An error as a client may be shown it: no address, no key, nothing of this server's inside. */
export const shownError = (error: unknown): ApiError =>
  isStreamError(error)
    ? clientError(error)
    : new ApiError({ message: 'the answer could not be made', code: 'server_error' });
