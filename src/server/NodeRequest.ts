/** The part of a request of Node's `http` or `http2` that is used; a framework may have read its body already. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether all of the body has been read. */
  readonly readableEnded: boolean;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** The body as it comes in: read only when it is asked for, as fast as it is read. */
class NodeBody implements UnderlyingDefaultSource<Uint8Array> {
  readonly #request: NodeRequest;
  #isListening = false;
  #isOver = false;

  constructor(request: NodeRequest) {
    this.#request = request;
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (!this.#isListening) this.#listen(controller);
    this.#isListening = true;
    this.#request.resume();
  }

  /** What still comes is passed over; to stop reading would leave it before the next request. */
  cancel(): void {
    this.#isOver = true;
  }

  #listen(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const end = (how: () => void): void => {
      if (!this.#isOver) how();
      this.#isOver = true;
    };
    const fail = (): void => {
      end(() => {
        controller.error(new Error('the client left'));
      });
    };
    this.#request.on('data', (bytes) => {
      if (this.#isOver) return;
      this.#request.pause();
      controller.enqueue(bytes);
    });
    this.#request.on('end', () => {
      end(() => {
        controller.close();
      });
    });
    this.#request.on('close', fail);
    this.#request.on('error', fail);
  }
}

const bodyOf = (request: NodeRequest): ReadableStream<Uint8Array> =>
  new ReadableStream(new NodeBody(request), { highWaterMark: 0 });

/** What a framework has made of the body; Express says so in `body`. */
const parsedBody = (request: NodeRequest): string | undefined => {
  const { body } = request as { readonly body?: unknown };
  return body === undefined || !request.readableEnded ? undefined : JSON.stringify(body);
};

const headersOf = (headers: NodeRequest['headers']): Headers =>
  new Headers(
    Object.entries(headers)
      // HTTP/2 has its own headers there, which are none.
      .filter(([name, value]) => value !== undefined && !name.startsWith(':'))
      .map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : (value ?? []).join(', ')]),
  );

/** The address as the client wrote it, as far as it makes sense; nothing hangs on its host. */
const urlOf = ({ url = '/', headers }: NodeRequest): string => {
  const host = headers['host'] ?? headers[':authority'];
  const path = url.startsWith('/') ? url : `/${url}`;
  const address = `http://${typeof host === 'string' ? host : 'localhost'}${path}`;
  return URL.canParse(address) ? address : `http://localhost${path}`;
};

/** A request of Node's as a standard one. */
export const requestOfNode = (request: NodeRequest): Request => {
  const { method = 'GET' } = request;
  const body =
    method === 'POST' ? (parsedBody(request) ?? (request.readableEnded ? undefined : bodyOf(request))) : undefined;
  const init = { method, headers: headersOf(request.headers), ...(body !== undefined && { body, duplex: 'half' }) };
  return new Request(urlOf(request), init);
};
