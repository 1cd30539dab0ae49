import { HttpError } from '../errors/HttpError.ts';
import { isStreamError } from '../errors/StreamError.ts';

/**
 * The value of `error.type`: the status of a response that is none of 2xx, the `_tag` of any other error of a stream, the class of
 * what else was thrown. There are few of them, so that metrics may be told apart by it.
 */
export const errorTypeOf = (error: unknown): string => {
  // A browser hides the number of a redirect.
  if (error instanceof HttpError && error.status > 0) return String(error.status);
  if (isStreamError(error)) return error._tag;
  return error instanceof Error ? error.constructor.name || error.name : '_OTHER';
};
