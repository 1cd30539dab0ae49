/**
 * Many clients that ask for an answer and read nothing of it, and what they cost the server: run as a process of its own,
 *
 *     node test/support/stalledClients.ts [clients] [events] [chars]
 *
 * prints one line of JSON. The clients are another process, so that what they hold is not counted.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { Observable } from 'rxjs';

import type { Delta } from '../../src/deltas/Delta.ts';
import { memoryLog } from '../../src/log/index.ts';
import { encodeDeltas, pipeToResponse } from '../../src/server/index.ts';

/** What they cost. */
export interface StalledClients {
  readonly clients: number;
  readonly events: number;
  /** How long a frame is on the wire, on average, before any are joined. */
  readonly frameBytes: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** What Node holds for all clients, beside the system. */
  readonly pendingMb: number;
  /** CPU time from the first event to the last, in milliseconds. */
  readonly cpuMs: number;
  /** What a client was sent, on average. */
  readonly bytesPerClient: number;
  /** Frames of the client that then read all of it, and whether what it read was the whole answer. */
  readonly isWhole: boolean;
}

const [, , clientsText = '1000', eventsText = '2000', charsText = '90', role] = process.argv;
const clients = Number(clientsText);
const events = Number(eventsText);
/** How long the text of an event is; with 90 characters a frame is about 165 bytes. */
const chars = Number(charsText);
const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const deltas = Array.from({ length: events }, (_, at): Delta => {
  const text = `word ${at} `.padEnd(chars, 'x');
  return { type: 'text', choice: 0, part: 0, text };
});

/** Connects them all; they read nothing for good. */
const stall = async (port: number): Promise<void> => {
  for (let at = 0; at < clients; at += 1) {
    const socket = connect({ port, host: '127.0.0.1' }).pause();
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  }
  process.send?.('connected');
  // A socket that is not read does not keep a process.
  setInterval(() => undefined, 60_000);
};

const textOf = (body: string): string =>
  [...body.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => (JSON.parse(data ?? '') as { text?: string }).text ?? '')
    .join('');

const measure = async (): Promise<StalledClients> => {
  const log = memoryLog();
  const responses: ServerResponse[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    sockets.push(request.socket);
    void log.open('a').then((reader) => pipeToResponse(reader, response, encodeDeltas(), { stallMs: 600_000 }));
  });
  server.listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // One at a time, as from a model; how many at once hangs on how fast this machine is.
  let next = 0;
  let isOpen = true;
  const feed = async (out: { next(delta: Delta): void; complete(): void }): Promise<void> => {
    while (isOpen && next === 0) await sleep(5);
    for (const delta of deltas) {
      out.next(delta);
      await new Promise((resolve) => setImmediate(resolve));
    }
    out.complete();
  };
  const { ended } = await log.start('a', new Observable<Delta>((out) => void feed(out)));
  const child = fork(import.meta.filename, [clientsText, eventsText, charsText, String(port)]);
  await once(child, 'message');
  while (responses.length < clients) await sleep(10);
  const before = process.cpuUsage();
  next = 1;
  await ended;
  await sleep(500);
  isOpen = false;
  const { user, system } = process.cpuUsage(before);
  const { rss, heapUsed } = process.memoryUsage();
  const pending = responses.reduce((sum, { writableLength }) => sum + writableLength, 0);
  const sent = sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
  const cold = await (await fetch(`http://127.0.0.1:${port}`)).text();
  child.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
  return {
    clients,
    events,
    frameBytes: Math.round(Buffer.byteLength(JSON.stringify(deltas[0])) + 'data: \nid: 1-1000\n\n'.length),
    rssMb: megabytes(rss),
    heapMb: megabytes(heapUsed),
    pendingMb: megabytes(pending),
    cpuMs: Math.round((user + system) / 1_000),
    bytesPerClient: Math.round(sent / clients),
    isWhole: textOf(cold) === deltas.map((delta) => (delta as { text: string }).text).join(''),
  };
};

if (role === undefined) console.log(JSON.stringify(await measure()));
else await stall(Number(role));
