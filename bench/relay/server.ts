/** A server of the scenario `relay`: writes answers into a log, or sends what is in it, or both. `server.ts <redis port or 0> <prefix>` */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';
import { Subject } from 'rxjs';

import type { Delta } from '../../src/deltas/Delta.ts';
import { memoryLog } from '../../src/log/memoryLog.ts';
import { nodeRedis } from '../../src/log/redis/nodeRedis.ts';
import { redisLog } from '../../src/log/redis/redisLog.ts';
import type { StreamLog } from '../../src/log/StreamLog.ts';
import { encodeDeltas } from '../../src/server/encodeDeltas.ts';
import { pipeToResponse } from '../../src/server/pipeToResponse.ts';
import { type FromServer, type Load, nowUs, stamp, type ToServer } from './messages.ts';

const [, , redisPort = '0', prefix] = process.argv;

const openLog = async (): Promise<StreamLog<Delta>> => {
  if (redisPort === '0') return memoryLog();
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  client.on('error', () => undefined);
  return redisLog(nodeRedis(await client.connect()), { prefix });
};

const log = await openLog();
const encoder = encodeDeltas();
const sources: Subject<Delta>[] = [];

const say = (message: FromServer): void => {
  process.send?.(message);
};

const start = async (streams: number): Promise<void> => {
  for (let at = 0; at < streams; at += 1) {
    const source = new Subject<Delta>();
    sources.push(source);
    await log.start(`s${at}`, source);
    source.next({ type: 'start', id: `s${at}`, model: 'm', attempt: 1, step: 0 });
  }
  say({ type: 'started' });
};

/** Streams take their turns one after another, as independent models would. */
const pace = async ({ deltasPerSecond, seconds }: Load): Promise<number> => {
  const beginUs = nowUs();
  const total = sources.length * deltasPerSecond * seconds;
  let given = 0;
  while (given < total) {
    const due = Math.min(total, Math.floor(((nowUs() - beginUs) / 1e6) * sources.length * deltasPerSecond));
    for (; given < due; given += 1) {
      const number = Math.floor(given / sources.length);
      sources[given % sources.length]?.next({ type: 'text', choice: 0, part: 0, text: stamp(number, nowUs(), true) });
    }
    await sleep(1);
  }
  return total / sources.length;
};

const deltasPerTurn = 5;

const flood = async (from: number, { floodDeltas }: Load): Promise<void> => {
  for (let number = from; number < from + floodDeltas; number += 1) {
    for (const source of sources) {
      source.next({ type: 'text', choice: 0, part: 0, text: stamp(number, nowUs(), false) });
    }
    if (number % deltasPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
};

const run = async (load: Load): Promise<void> => {
  const paced = await pace(load);
  // What is under way arrives before the flood.
  await sleep(200);
  say({ type: 'flooding' });
  await flood(paced, load);
  for (const source of sources) source.complete();
  say({ type: 'ended', deltasPerStream: paced + load.floodDeltas });
};

const server = createServer((request, response) => {
  log.open((request.url ?? '').slice(1)).then(
    (reader) => pipeToResponse(reader, response, encoder),
    () => response.writeHead(404).end(),
  );
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 }, () => {
  say({ type: 'listening', port: (server.address() as AddressInfo).port });
});

process.on('message', (message: ToServer) => {
  if (message.type === 'start') void start(message.streams);
  else if (message.type === 'load') void run(message.load);
  else {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    say({ type: 'heap', bytes: heapUsed + external });
  }
});
// The benchmark is over, or was interrupted.
process.on('disconnect', () => process.exit());
