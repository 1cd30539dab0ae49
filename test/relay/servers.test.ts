import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from 'redis';
import { Redis } from 'ioredis';
import { concatMap, defer, lastValueFrom, NEVER, type Observable, of, range, Subscription, timer, toArray } from 'rxjs';
import type { Delta } from 'rxllm';
import { memoryLog, type StreamLog } from 'rxllm/log';
import { ioRedis, nodeRedis, redisLog } from 'rxllm/redis';
import { fromRelay, stopAnswer } from 'rxllm/relay';
import { resumable, type ResumableOptions } from 'rxllm/server';

import { describeWithRedis } from '../support/redis.ts';

const count = 300;
const token = (n: number): string => ` t${n * 7919}é`;
const wholeText = Array.from({ length: count }, (_, at) => token(at)).join('');

/** A few tokens every millisecond. */
const tokens = (): Observable<Delta> =>
  range(0, count).pipe(
    concatMap((n) => {
      const delta: Delta = { type: 'text', choice: 0, part: 0, text: token(n) };
      return n % 5 === 0 ? timer(1).pipe(concatMap(() => of(delta))) : of(delta);
    }),
  );

const textOf = (deltas: readonly Delta[]): string =>
  deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');

/** A server on a port that it keeps. */
interface Running {
  readonly url: string;
  readonly starts: () => number;
  /** Cuts every connection. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
  readonly begin: () => Promise<void>;
}

const running = async (log: StreamLog<Delta>, options: Partial<ResumableOptions> = {}): Promise<Running> => {
  let starts = 0;
  const answers = resumable(log, {
    authorize: ({ headers }) => headers.get('x-user') ?? 'ann',
    start: () =>
      defer(() => {
        starts += 1;
        return tokens();
      }),
    report: () => undefined,
    heartbeatMs: 50,
    ...options,
  });
  let server: Server;
  let port = 0;
  const begin = async (): Promise<void> => {
    server = createServer((request, response) => void answers.node(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  await begin();
  return {
    url: `http://127.0.0.1:${port}`,
    starts: () => starts,
    begin,
    cut: () => {
      server.closeAllConnections();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

// Where a machine is busy, many a connection is cut before it has brought anything.
const retry = { firstDelayMs: 5, maxRetries: 1_000, maxDelayMs: 50 };

/** What a client sees that goes to another server with each connection. */
const hopping = async (servers: readonly Running[], key: string) => {
  let connections = 0;
  const fetch: typeof globalThis.fetch = (_url, init) => {
    connections += 1;
    const server = servers[connections % servers.length] as Running;
    return globalThis.fetch(server.url, init);
  };
  const seen = await lastValueFrom(fromRelay('http://relay.test', { body: {}, key, fetch, retry }).pipe(toArray()));
  return { text: textOf(seen), connections };
};

/** Both servers, on logs that are one. */
type Pair = readonly [Running, Running];

const rules = (pair: () => Pair): void => {
  it('send every client each token once, over cuts and from server to server', async () => {
    const [one, other] = pair();
    const before = one.starts() + other.starts();
    const cuts = new Subscription();
    for (const [at, server] of [one, other].entries()) {
      cuts.add(
        timer(7 + 5 * at, 11).subscribe(() => {
          server.cut();
        }),
      );
    }
    const key = `hop-${crypto.randomUUID()}`;
    const clients = Array.from({ length: 4 }, (_, at) => hopping(at % 2 === 0 ? [one, other] : [other, one], key));
    const seen = await Promise.all(clients).finally(() => {
      cuts.unsubscribe();
    });

    expect(seen.map(({ text }) => text)).toEqual([wholeText, wholeText, wholeText, wholeText]);
    expect(seen.every(({ connections }) => connections > 2)).toBe(true);
    expect(one.starts() + other.starts() - before).toBe(1);
  });

  it('start once for a key that comes to both at once', async () => {
    const [one, other] = pair();
    const key = `once-${crypto.randomUUID()}`;
    const before = one.starts() + other.starts();
    const seen = await Promise.all(
      [one, other, one, other].map(({ url }) =>
        lastValueFrom(fromRelay(url, { body: {}, key, retry }).pipe(toArray())),
      ),
    );

    expect(seen.map(textOf)).toEqual([wholeText, wholeText, wholeText, wholeText]);
    expect(one.starts() + other.starts() - before).toBe(1);
  });

  it('stop on one what the other makes', async () => {
    const [one, other] = pair();
    const key = `stop-${crypto.randomUUID()}`;
    const endings: unknown[] = [];
    const followed = lastValueFrom(
      fromRelay(one.url, { body: {}, key, retry, onEnding: (ending) => endings.push(ending) }).pipe(toArray()),
    );
    while (!(await stopAnswer(`${other.url}/${key}`)));

    expect(wholeText.startsWith(textOf(await followed))).toBe(true);
    expect(endings).toEqual([{ state: 'stopped', reason: 'stopped' }]);
  });

  it('know nothing of what another user asked for', async () => {
    const [one, other] = pair();
    const key = `own-${crypto.randomUUID()}`;
    const as = (user: string): { headers: Record<string, string>; retry: false } => ({
      headers: { 'x-user': user },
      retry: false,
    });
    await lastValueFrom(fromRelay(one.url, { body: {}, key, ...as('ann') }));
    const follow = lastValueFrom(fromRelay(`${other.url}/${key}`, as('bob'))).catch((error: unknown) => error);

    expect(await follow).toMatchObject({ _tag: 'LogError', reason: 'not-found' });
    expect(await stopAnswer(`${other.url}/${key}`, as('bob'))).toBe(false);
    expect(textOf(await lastValueFrom(fromRelay(`${other.url}/${key}`, as('ann')).pipe(toArray())))).toBe(wholeText);
  });
};

describe('two servers on one log in memory', () => {
  let pair: Pair;
  beforeAll(async () => {
    const log = memoryLog();
    pair = [await running(log), await running(log)];
  });
  afterAll(() => Promise.all(pair.map(({ stop }) => stop())));
  rules(() => pair);

  it('go on for a client when its server is away for a while', async () => {
    const [one] = pair;
    const key = 'restart';
    const seen = lastValueFrom(fromRelay(one.url, { body: {}, key, retry }).pipe(toArray()));
    await new Promise((resolve) => setTimeout(resolve, 15));
    await one.stop();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await one.begin();

    expect(textOf(await seen)).toBe(wholeText);
  });

  it('keep 10,000 answers that nobody reads', async () => {
    const log = memoryLog();
    const { fetch } = resumable(log, { authorize: () => 'ann', start: () => NEVER, report: () => undefined });
    const post = async (at: number): Promise<void> => {
      const response = await fetch(
        new Request('http://x/', { method: 'POST', headers: { 'idempotency-key': `k${at}` } }),
      );
      await response.body?.cancel();
    };
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 10_000; at += 100) await Promise.all(Array.from({ length: 100 }, (_, n) => post(at + n)));
    const bytes = (process.memoryUsage().heapUsed - before) / 10_000;
    const head = await fetch(new Request('http://x/k9999', { method: 'HEAD' }));
    const stopped = await Promise.all(Array.from({ length: 10_000 }, (_, at) => log.stop(`["ann","k${at}"]`)));

    expect(head.status).toBe(200);
    expect(stopped.every(Boolean)).toBe(true);
    expect(bytes).toBeLessThan(40_000);
  });
});

describeWithRedis('two servers on one Redis', (redis) => {
  let pair: Pair;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    // The server may be gone before them.
    const client = await createClient({ url: redis().url })
      .on('error', () => undefined)
      .connect();
    const other = new Redis(redis().url).on('error', () => undefined);
    const ports = [nodeRedis(client), ioRedis(other)];
    pair = [await running(redisLog(ports[0] as never)), await running(redisLog(ports[1] as never))];
    closing.push(
      ...pair.map(({ stop }) => stop),
      () =>
        ports.map((port) => {
          port.close();
        }),
      () => {
        client.destroy();
      },
      () => {
        other.disconnect();
      },
    );
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });
  rules(() => pair);
});
