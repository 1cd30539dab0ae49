import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** How a connection ended: as one ends that has nothing more to say, or broken off. */
export type SocketEnd = 'end' | 'reset';

/** A client that reads when it is told to. */
export interface RawClient {
  readonly socket: Socket;
  /** All that was read so far, headers and chunk sizes included. */
  text(): string;
  /** Resolves once the text matches; what is there already counts. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<SocketEnd>;
}

export interface RawRequest {
  readonly path?: string;
  readonly method?: string;
  readonly version?: '1.0' | '1.1';
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it reads nothing until its socket is resumed. */
  readonly isPaused?: boolean;
}

export const requestText = ({ path = '/', method = 'GET', version = '1.1', headers = {} }: RawRequest = {}): string => {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n`;
};

/** Connects to a port of loopback and asks. */
export const rawClient = (port: number, request: RawRequest = {}): RawClient => {
  const socket = connect({ port, host: '127.0.0.1' });
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  /** The end of it; of a long text no more is looked at, or each piece would cost more than the last. */
  let recent = '';
  let check = (): void => undefined;
  if (request.isPaused === true) socket.pause();
  socket.write(requestText(request));
  socket.on('data', (bytes) => {
    const piece = decoder.decode(bytes, { stream: true });
    pieces.push(piece);
    recent = `${recent.slice(-65_536)}${piece}`;
    check();
  });
  if (request.isPaused === true) socket.pause();
  let end: SocketEnd = 'end';
  socket.on('error', () => {
    end = 'reset';
  });
  const ended = new Promise<SocketEnd>((resolve) => {
    socket.on('close', () => {
      resolve(end);
    });
  });
  return {
    socket,
    text: () => pieces.join(''),
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        check = () => {
          if (pattern.test(recent)) resolve(pieces.join(''));
        };
        check();
        void ended.then(() => {
          reject(
            new Error(
              `the connection ended before ${String(pattern)} came, with ${JSON.stringify(recent.slice(-200))}`,
            ),
          );
        });
      }),
  };
};

/** The bodies of a chunked response, put together; `isWhole` tells whether its last chunk came. */
export const chunked = (response: string): { readonly body: string; readonly isWhole: boolean } => {
  const bytes = Buffer.from(response.slice(response.indexOf('\r\n\r\n') + 4));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = lineEnd < 0 ? NaN : parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) break;
    if (size === 0) return { body: Buffer.concat(pieces).toString(), isWhole: true };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return { body: Buffer.concat(pieces).toString(), isWhole: false };
};

export interface TestServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

/** A server on loopback. */
export const serveWith = async (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  server: Server = createServer(),
): Promise<TestServer> => {
  server.on('request', handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
};

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
