/**
 * Express 5, with compression in front: answers belong to the user whose token a request carries.
 *
 *     node examples/express-server/main.ts [port]
 *     curl -N 127.0.0.1:8082/answers -H 'authorization: Bearer demo-token' --json '{"question":"Why is the sky blue?"}'
 *
 * Which model answers, and where the answers are kept, the environment says: see examples/README.md. In your own project the imports of
 * `src` are `rxllm/server`, and so on.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import compression from 'compression';
import express, { type Request } from 'express';

import { encodeOpenAiResponses, resumable, type ResumableOptions } from '../../src/server/index.ts';
import { bearerUser } from '../server-parts/bearerUser.ts';
import { endOnSignal } from '../server-parts/endOnSignal.ts';
import { openLog } from '../server-parts/openLog.ts';
import { openModel } from '../server-parts/openModel.ts';
import { questionIn } from '../server-parts/questionIn.ts';
import { reportError } from '../server-parts/reportError.ts';

const log = await openLog();
const model = await openModel();

const app = express();
// It leaves event streams alone, since they say `no-transform`: nothing is held back.
app.use(compression());
app.use((request, response, next) => {
  response.locals['user'] = bearerUser(request.headers.authorization);
  next();
});

const common: Omit<ResumableOptions<Request>, 'start'> = {
  // `context` is the request of Express, with all that middleware put there.
  authorize: (_request, { context }) => context.res?.locals['user'] as string | undefined, // undefined: 403
  report: reportError,
};

// For `fromRelay`. No `basePath`: the router takes it off. A body that `express.json()` has read already will do, too.
const answers = resumable<Request>(log, { ...common, start: ({ body }) => model.ask(questionIn(body)) });
app.use('/answers', answers.node);

// For the client of OpenAI, which also resumes and stops: new OpenAI({ baseURL: 'http://127.0.0.1:8082/v1', apiKey: 'demo-token' })
const responses = resumable<Request>(log, {
  ...common,
  encoder: encodeOpenAiResponses(),
  start: ({ body }) => model.ask(questionIn(body, 'input')),
});
app.use('/v1/responses', responses.node);

const server = app.listen(Number(process.argv[2] ?? 8082), '127.0.0.1');
await once(server, 'listening');
console.log(`Express: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
await endOnSignal(server, log);
await model.close();
