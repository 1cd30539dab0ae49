/** One of the servers of a chaos run, a process of its own; see `run.ts`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { Observable } from 'rxjs';

import type { Delta } from '../../src/deltas/Delta.ts';
import { ioRedis } from '../../src/log/redis/ioRedis.ts';
import { nodeRedis } from '../../src/log/redis/nodeRedis.ts';
import { redisLog } from '../../src/log/redis/redisLog.ts';
import type { RedisPort } from '../../src/log/redis/RedisPort.ts';
import type { StreamLog } from '../../src/log/StreamLog.ts';
import { resumable, type Resumable } from '../../src/server/resumable.ts';
import { readAnswerId } from './harness/AnswerId.ts';
import { answerSource } from './harness/answerSource.ts';
import { deafPort } from './harness/deafPort.ts';
import { answerIdOf, scope } from './harness/LogId.ts';
import { sabotagedPort } from './harness/sabotagedPort.ts';
import { clocks, type FromServer, prefix, type ServerConfig, type ToServer } from './harness/ServerConfig.ts';

const config = JSON.parse(process.argv[2] ?? '') as ServerConfig;
const tell = (message: FromServer): void => void process.send?.(message);

// It ends with whoever started it.
process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => {
  tell({ type: 'problem', text: `uncaught: ${error.stack ?? error.message}` });
});
process.on('unhandledRejection', (error) => {
  tell({ type: 'problem', text: `unhandled: ${String((error as Error | undefined)?.stack ?? error)}` });
});

/** How soon a client of Redis connects again, in milliseconds; both wait longer each time unless they are told. */
const reconnectMs = 40;

const nodeRedisPort = async (): Promise<RedisPort> => {
  const client = createClient({ url: config.redisUrl, socket: { reconnectStrategy: () => reconnectMs } });
  client.on('error', () => undefined);
  await client.connect();
  return nodeRedis(client);
};

const ioRedisPort = (): RedisPort => {
  const client = new Redis(config.redisUrl, { retryStrategy: () => reconnectMs });
  client.on('error', () => undefined);
  return ioRedis(client);
};

let dropShare = 0;
process.on('message', (message: ToServer) => {
  dropShare = message.share;
});

let marks = 0;
/** Who writes, as it stands in tokens: this process, and how often it began to write. */
const newMark = (): string => {
  marks += 1;
  return `${config.name}p${process.pid}m${marks}`;
};

const honest = config.client === 'redis' ? await nodeRedisPort() : ioRedisPort();
const port = config.sabotage ? sabotagedPort(honest, config.sabotage) : honest;
const deaf = deafPort(port, `${config.seed} ${config.name}`, () => dropShare);
// So small a cache that readers who are behind need history, too.
const logOptions = { prefix, pollMs: clocks.pollMs, maxCacheBytes: 16_384 };

const goOn = (logId: string, soFar: readonly Delta[]): Observable<Delta> | undefined => {
  const id = answerIdOf(logId);
  if (readAnswerId(id).onLost === 'decline') return undefined;
  const mark = newMark();
  tell({ type: 'continued', id, mark, from: soFar.length });
  return answerSource(id, mark, soFar);
};

/** Tells how the producers of a log end. */
const told = (log: StreamLog<Delta>): StreamLog<Delta> => ({
  ...log,
  async start(logId, source, options) {
    const generation = await log.start(logId, source, options);
    void generation.ended.then(({ state }) => {
      tell({ type: 'ended', id: answerIdOf(logId), state });
    });
    return generation;
  },
});

/** What a client of Redis says when it has no connection. */
const isOutage = (error: unknown): boolean =>
  /ECONN|EPIPE|clos|connect|retries|destroyed|LOADING/i.test(`${(error as Error | undefined)?.name} ${String(error)}`);

const served = (log: StreamLog<Delta>): Resumable =>
  resumable(told(log), {
    authorize: () => scope,
    start: ({ id }) => answerSource(id, newMark()),
    startOptions: clocks,
    heartbeatMs: clocks.heartbeatMs,
    report(error) {
      if (!isOutage(error)) tell({ type: 'problem', text: `reported: ${(error as Error).stack ?? String(error)}` });
    },
  });

const ending = served(redisLog<Delta>(deaf, logOptions));
const goingOn = served(redisLog<Delta>(deaf, { ...logOptions, continueWith: goOn, continued: clocks }));

const server = createServer((request, response) => {
  const id = String(request.headers['idempotency-key'] ?? request.url?.slice(1));
  void (readAnswerId(id).onLost === 'end' ? ending : goingOn).node(request, response);
});
server.listen(0, '127.0.0.1', () => {
  tell({ type: 'ready', port: (server.address() as AddressInfo).port });
});

/** A process that stands still cannot say that it is alive, and is told apart from one that forgets to. */
const checkMs = 50;
let checkedAt = performance.now();
setInterval(() => {
  const stoodMs = performance.now() - checkedAt - checkMs;
  checkedAt += stoodMs + checkMs;
  if (stoodMs > clocks.leaseMs / 4) tell({ type: 'stood', ms: Math.round(stoodMs) });
}, checkMs);
