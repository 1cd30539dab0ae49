import type { NodeResponse } from './NodeResponse.ts';

/** `INTERNAL_ERROR` of HTTP/2. */
const http2InternalError = 2;

const reset = ({ stream, socket }: NodeResponse): boolean => {
  if (stream) {
    stream.close(http2InternalError);
    return true;
  }
  try {
    return socket?.resetAndDestroy?.() !== undefined;
  } catch {
    // Only TCP can be reset: under TLS, and on a socket in the file system, it is closed.
    return false;
  }
};

/**
 * Breaks a response off. A connection that is only closed is how HTTP/1.0 ends a body, and a proxy that speaks it would pass on a part
 * as the whole; so would HTTP/2 with a stream that is destroyed without an error.
 */
export const cutResponse = (response: NodeResponse): void => {
  if (!reset(response)) response.destroy();
};
