import { ApiError } from '../errors/ApiError.ts';
import { readApiError } from '../errors/readApiError.ts';
import type { Frame } from '../frames/Frame.ts';

/**
 * The error in a frame, in any of the shapes that go by no dialect in particular: an envelope, a bare
 * object after `event: error`, or plain text there.
 */
export const errorInFrame = (json: unknown, frame: Frame): ApiError | undefined => {
  const error = readApiError(json);
  if (error || frame.kind !== 'message' || frame.event !== 'error') return error;
  return (
    readApiError({ error: json }) ?? new ApiError({ message: frame.data.trim() || 'the provider gave no message' })
  );
};
