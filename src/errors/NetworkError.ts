import { TaggedError } from './TaggedError.ts';

export interface NetworkErrorFields {
  /** Origin and path of the request, without its query. */
  readonly url: string;
  /** The system's word for it (`ECONNREFUSED`, `ENOTFOUND`, ...) where the runtime tells. */
  readonly code: string | undefined;
  /** The runtime's words for it, shown where there is no code. */
  readonly reason?: string | undefined;
  /** Whether response headers had arrived. */
  readonly phase: 'connect' | 'body';
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the server running, and is baseUrl right?',
  ENOTFOUND: 'the host name is not known: is baseUrl right?',
  EAI_AGAIN: 'the host name could not be looked up: is this machine online?',
  ECONNRESET: 'the server reset the connection',
  UND_ERR_SOCKET: 'the server closed the connection in the middle of the response',
};

/**
 * The request never reached the server, or the connection broke.
 *
 * @category errors
 * @since 0.1.0
 */
export class NetworkError extends TaggedError {
  readonly _tag = 'NetworkError';
  override readonly name = 'NetworkError';
  readonly isRetryable = true;
  readonly url: string;
  readonly code: string | undefined;
  readonly phase: 'connect' | 'body';

  constructor({ url, code, reason, phase }: NetworkErrorFields, options?: ErrorOptions) {
    const what = phase === 'connect' ? `cannot reach ${url}` : `the connection to ${url} broke`;
    const why = code === undefined ? reason : [code, hints[code]].filter((part) => part !== undefined).join(': ');
    super(why === undefined ? what : `${what} (${why})`, options);
    this.url = url;
    this.code = code;
    this.phase = phase;
  }
}
