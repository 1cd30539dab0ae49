import { NetworkError } from '../errors/NetworkError.ts';

/** A response that has begun, for whoever goes on with it. */
export interface Restart {
  /** Gives the response instead of sending a request; called once. */
  readonly fetch: typeof globalThis.fetch;
  /** Lets the response go if nobody has asked for it. */
  readonly release: () => void;
}

/**
 * Ends the body of a response when the transport itself sent the request again, and so another response has taken its place.
 * Who knows nothing of it sees a connection that broke, and the other response is let go.
 */
export class RestartError extends NetworkError {
  /** Takes the other response over. To be called before the subscription that this error ended is torn down, or right then. */
  readonly take: () => Restart;

  constructor(url: string, take: () => Restart) {
    super({ url, code: undefined, reason: 'the request was sent again on the way', phase: 'body' });
    this.take = take;
    Object.defineProperty(this, 'take', { enumerable: false });
  }
}
