/**
 * Hono, a server in the style of `fetch`; the same handlers do in Bun, Deno, Next and workers. Redis by way of `ioredis`.
 *
 *     node examples/hono-server/main.ts [port]
 *     curl -N 127.0.0.1:8083/answers -H 'authorization: Bearer demo-token' --json '{"question":"Why is the sky blue?"}'
 *
 * Which model answers, and where the answers are kept, the environment says: see examples/README.md. In your own project the imports of
 * `src` are `rxllm/server`, and so on.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { serve } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { Redis } from 'ioredis';

import { memoryLog } from '../../src/log/index.ts';
import { ioRedis, redisLog } from '../../src/log/redis/index.ts';
import { encodeDeltas, relayResponse, resumable } from '../../src/server/index.ts';
import { bearerUser } from '../server-parts/bearerUser.ts';
import { endOnSignal } from '../server-parts/endOnSignal.ts';
import { openModel } from '../server-parts/openModel.ts';
import { noQuestion, questionIn, questionOf } from '../server-parts/questionIn.ts';
import { reportError } from '../server-parts/reportError.ts';
import { serverLog } from '../server-parts/serverLog.ts';

type Env = { Variables: { user: string } };

const redis = process.env['REDIS_URL'] === undefined ? undefined : new Redis(process.env['REDIS_URL']);
redis?.on('error', reportError); // it connects again by itself
const port = redis && ioRedis(redis);
const log = serverLog(port ? redisLog(port) : memoryLog(), async () => {
  port?.close?.();
  await redis?.quit();
});
const model = await openModel();

const app = new Hono<Env>();

app.use(async (c, next) => {
  const user = bearerUser(c.req.header('authorization'));
  if (user === undefined) return c.json({ error: { message: 'who are you?', code: 'permission_error' } }, 403);
  c.set('user', user);
  return next();
});

const answers = resumable<Context<Env>>(log, {
  basePath: '/answers',
  authorize: (_request, { context }) => context.get('user'),
  start: ({ body }) => model.ask(questionIn(body)),
  report: reportError,
});

app.all('/answers', (c) => answers.fetch(c.req.raw, c));
app.all('/answers/*', (c) => answers.fetch(c.req.raw, c));

// An answer that belongs to its request: whoever leaves stops it, and nothing of it is kept.
app.post('/once', async (c) => {
  const question = questionOf(await c.req.json().catch(() => undefined));
  if (question === undefined) return c.json(noQuestion(), 400);
  return relayResponse(model.ask(question), encodeDeltas(), { report: reportError });
});

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.argv[2] ?? 8083) }) as Server;
await once(server, 'listening');
console.log(`Hono: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
await endOnSignal(server, log);
await model.close();
