/** Where a client puts what it has read of one stream. */
export interface Sink {
  /** A piece of the answer's text. */
  text(piece: string): void;
  /** What was read, of a client that looks at nothing. */
  bytes(slice: Uint8Array): void;
}

/** A way to read a stream off the network. */
export interface ConcurrentClient {
  /** The package that does it. */
  readonly name: string;
  /** Reads one answer to its end. */
  read(baseUrl: string, sink: Sink): Promise<void>;
}

export const apiKey = 'none';
export const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Go on.' }] };

/** The request as a client without any library makes it. */
export const bareRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
  body: JSON.stringify({ ...body, stream: true }),
};
