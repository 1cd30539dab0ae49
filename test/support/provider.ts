import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';

import { config, type Observable } from 'rxjs';
import { fakeProvider, type FakeProvider, type FakeProviderOptions, type RunningProvider } from 'rxllm/testing';

/** What was started during a test is stopped after it. */
const started: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((stop) => stop()));
});

/** A fake provider that listens, until the test is over. */
export const provider = async (options?: FakeProviderOptions): Promise<FakeProvider & RunningProvider> => {
  const fake = fakeProvider(options);
  const running = await fake.listen();
  started.push(running.close);
  return { ...fake, ...running };
};

/** A server of ours on loopback. */
export interface Loopback {
  readonly origin: string;
  readonly port: number;
  readonly openSockets: () => number;
}

const loopback = async (server: Pick<Server, 'on' | 'listen' | 'address' | 'close'>): Promise<Loopback> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  started.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, openSockets: () => sockets.size };
};

/** An HTTP server that does what a fake provider would not. */
export const httpServer = (listener: RequestListener): Promise<Loopback> => loopback(createHttpServer(listener));

/** A server that need not speak HTTP at all. */
export const tcpServer = (listener: (socket: Socket) => void): Promise<Loopback> =>
  loopback(
    createTcpServer((socket) => {
      listener(socket);
      // A socket that nobody reads does not notice that the other side has gone.
      socket.resume();
    }) as unknown as Server,
  );

/** An origin where nothing listens. */
export const closedOrigin = async (): Promise<string> => {
  const { origin } = await tcpServer(() => undefined);
  await started.pop()?.();
  return origin;
};

/** The raw bytes that a server sends back, and how it let go of the connection. */
export interface RawResponse {
  readonly head: string;
  readonly body: Buffer;
  /** The pieces of the body as they were read, when each came, in milliseconds after the head. */
  readonly reads: readonly { readonly bytes: Buffer; readonly atMs: number }[];
  readonly ending: 'fin' | 'rst' | 'left';
}

/** Sends a request by hand and reads until the server ends the connection, or `enough` is there. */
export const rawPost = (
  origin: string,
  path: string,
  enough: (body: Buffer) => boolean = () => false,
  json = '{"stream":true}',
): Promise<RawResponse> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    let all = Buffer.alloc(0);
    let headMs = 0;
    const reads: { bytes: Buffer; atMs: number }[] = [];
    const split = (): number => all.indexOf('\r\n\r\n') + 4;
    const done = (ending: RawResponse['ending']): void => {
      socket.destroy();
      resolve({ head: all.subarray(0, split()).toString(), body: all.subarray(split()), reads, ending });
    };
    socket.on('data', (bytes: Buffer) => {
      all = Buffer.concat([all, bytes]);
      if (split() < 4) return;
      if (headMs === 0) headMs = performance.now();
      reads.push({ bytes, atMs: performance.now() - headMs });
      if (enough(all.subarray(split()))) done('left');
    });
    socket.on('end', () => {
      done('fin');
    });
    socket.on('error', () => {
      done('rst');
    });
    socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${json.length}\r\n\r\n${json}`);
  });

/** The writes of a chunked body, and whether it came to its end. */
export const chunksOf = (body: Buffer): { readonly chunks: readonly Buffer[]; readonly isWhole: boolean } => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = lineEnd < 0 ? NaN : parseInt(body.subarray(at, lineEnd).toString(), 16);
    if (size === 0) return { chunks, isWhole: true };
    if (Number.isNaN(size) || lineEnd + 2 + size > body.length) break;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return { chunks, isWhole: false };
};

/** For `rawPost`: the end of a chunked body, after which the connection stays open. */
export const isWhole = (body: Buffer): boolean => body.toString().endsWith('0\r\n\r\n');

/** What a turn of `until` counts for at most, in milliseconds: a longer one is late because the machine is busy. */
const turnMs = 4;

/**
 * Waits until `condition` holds; fails when it does not within `deadlineMs`, of which only those count in which this
 * process had its turn.
 */
export const until = async (condition: () => boolean, what = 'the condition', deadlineMs = 10_000): Promise<void> => {
  let waitedMs = 0;
  for (let atMs = performance.now(); !condition();) {
    if (waitedMs > deadlineMs) throw new Error(`${what} did not hold within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    waitedMs += Math.min(performance.now() - atMs, turnMs);
    atMs = performance.now();
  }
};

/** What a stream gave, and the error that ended it, if one did. */
export interface Ending<T> {
  readonly values: readonly T[];
  readonly error: unknown;
}

/** Waits for a stream to end, well or badly. */
export const ending = <T>(source: Observable<T>): Promise<Ending<T>> =>
  new Promise((resolve) => {
    const values: T[] = [];
    source.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => {
        resolve({ values, error });
      },
      complete: () => {
        resolve({ values, error: undefined });
      },
    });
  });

/** The error that ends a stream. */
export const failure = async (source: Observable<unknown>): Promise<unknown> => {
  const { error } = await ending(source);
  if (error === undefined) throw new Error('the stream completed');
  return error;
};

/** Everything that a person or a log may come to see of an error. */
export const renderings = (error: unknown): string =>
  [String(error), (error as Error).message, JSON.stringify(error), inspect(error, { depth: 9 })].join('\n');

// What jest gives tests as `process` is a copy that hears of no event.
const realProcess = runInThisContext('process') as NodeJS.Process;

/** Fails every test of the file that leaves an error or a rejection which nobody took. */
export const expectNothingUncaught = (): void => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => {
    uncaught.push(error);
  };
  beforeAll(() => {
    realProcess.on('uncaughtExceptionMonitor', note).on('unhandledRejection', note);
    config.onUnhandledError = note;
  });
  afterEach(async () => {
    // Node tells of them once the promises of this turn have settled, RxJS from a timer.
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(uncaught.splice(0)).toEqual([]);
  });
  afterAll(() => {
    realProcess.off('uncaughtExceptionMonitor', note).off('unhandledRejection', note);
    config.onUnhandledError = null;
  });
};
