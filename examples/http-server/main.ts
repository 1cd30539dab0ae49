/**
 * A server with Node's own `http`, and a page. An answer belongs to the session in a cookie; reload the page in mid-answer,
 * and it goes on.
 *
 *     node examples/http-server/main.ts [port]
 *
 * OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL say which model answers; without any of them an embedded provider does.
 * REDIS_URL keeps the answers in Redis, so that any number of these servers can stand behind one address (with the same
 * SESSION_SECRET). In your own project the imports of `src` are `rxllm/server`, and so on.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { build } from 'esbuild';

import { resumable } from '../../src/server/index.ts';
import { endOnSignal } from '../server-parts/endOnSignal.ts';
import { openLog } from '../server-parts/openLog.ts';
import { openModel } from '../server-parts/openModel.ts';
import { questionIn } from '../server-parts/questionIn.ts';
import { reportError } from '../server-parts/reportError.ts';
import { newSession, sessionIn } from './session.ts';

const log = await openLog();
const model = await openModel();

// POST /answers starts an answer, GET /answers/{id} follows it, POST /answers/{id}/cancel stops it.
const answers = resumable(log, {
  basePath: '/answers',
  authorize: ({ headers }) => sessionIn(headers.get('cookie')), // undefined: 403
  start: ({ body }) => model.ask(questionIn(body)),
  report: reportError,
});

const page = await readFile(join(import.meta.dirname, 'index.html'));
const entryPoints = [join(import.meta.dirname, 'page.ts')];
const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', target: 'es2022', write: false });

const sendPage = (request: IncomingMessage, response: ServerResponse): void => {
  const cookie = sessionIn(request.headers.cookie) === undefined ? { 'set-cookie': newSession() } : {};
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', ...cookie });
  response.end(page);
};

const server = createServer((request, response) => {
  const [path = '/'] = (request.url ?? '/').split('?');
  if (path === '/') sendPage(request, response);
  else if (path === '/page.js') response.setHeader('content-type', 'text/javascript').end(outputFiles[0]?.text);
  else void answers.node(request, response);
});

await once(server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1'), 'listening');
console.log(`Plain http: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
await endOnSignal(server, log);
await model.close();
