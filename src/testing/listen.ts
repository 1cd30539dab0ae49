import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { Dialect } from '../dialects/Dialect.ts';
import type { Answer, Answering } from './fakeProvider.ts';
import { Cut, type Speaker } from './playReply.ts';
import { baseUrlOf } from './speakerAt.ts';

export interface ListenOptions {
  /** @defaultValue one that is free */
  readonly port?: number | undefined;
}

/** A fake provider on a loopback port. */
export interface RunningProvider {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  /** What a request to this dialect takes as its `baseUrl`. Throws `InvalidOptionError` for one that is not spoken here. */
  readonly baseUrl: (dialect: Pick<Dialect, 'name'> & Partial<Pick<Dialect, 'encode'>>) => string;
  /** How many connections are open now. */
  readonly openSockets: () => number;
  /** Stops at once: open connections are cut. */
  readonly close: () => Promise<void>;
}

const readAll = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece as string;
  return text;
};

/** Writes a piece, and waits while the client is slow. */
const write = (response: ServerResponse, piece: Uint8Array, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (response.write(piece)) {
      resolve();
      return;
    }
    const goOn = (): void => {
      response.off('drain', goOn);
      signal.removeEventListener('abort', goOn);
      resolve();
    };
    response.once('drain', goOn);
    signal.addEventListener('abort', goOn, { once: true });
  });

const cut = (socket: Socket | null, how: Cut['with']): void => {
  if (how === 'rst') socket?.resetAndDestroy();
  else socket?.end();
};

const send = async (answering: Answering, response: ServerResponse, signal: AbortSignal): Promise<void> => {
  if (answering.transfer === 'until-close') {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
  }
  response.writeHead(answering.status, answering.headers);
  response.flushHeaders();
  try {
    for await (const piece of answering.pieces()) {
      await write(response, piece, signal);
      if (signal.aborted) return;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Cut)) throw error;
    answering.ended();
    // The kernel must have the bytes before the connection goes; an empty write comes back when it has.
    response.write('', () => {
      cut(response.socket, error.with);
    });
    return;
  }
  answering.ended();
  response.end();
};

/** Serves answers on loopback. */
export const listen = async (
  answerTo: Answer,
  parse: (body: string) => unknown,
  { port = 0 }: ListenOptions = {},
  only?: Speaker,
): Promise<RunningProvider> => {
  // Asked for and not imported: bundlers for browsers look for what is imported, also where it never runs.
  const { createServer } = process.getBuiltinModule('node:http');
  const sockets = new Set<Socket>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const leave = new AbortController();
    response.once('close', () => {
      leave.abort(new Error('the client left'));
    });
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    );
    const url = `http://${headers['host'] ?? 'localhost'}${request.url ?? '/'}`;
    const body = parse(await readAll(request));
    const answering = await answerTo({ dialect: '', url, headers, body, endedBy: undefined }, leave.signal);
    await send(answering, response, leave.signal);
  };

  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }).end();
      return;
    }
    serve(request, response).catch(() => {
      response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    baseUrl: (dialect) => baseUrlOf(origin, dialect, only),
    openSockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
        sockets.clear();
      }),
  };
};
