/**
 * NestJS 12: a controller whose answers are `Response`s, and the same by `@Sse()`.
 *
 *     node examples/nest-server/main.ts [port]
 *     curl -N 127.0.0.1:8084/answers -H 'authorization: Bearer demo-token' --json '{"question":"Why is the sky blue?"}'
 *
 * Which model answers, and where the answers are kept, the environment says: see examples/README.md. In your own project the imports of
 * `src` are `rxllm/server`, and so on; you need neither `decorators.ts` nor the `import()`.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { NestFactory } from '@nestjs/core';

import { endOnSignal } from '../server-parts/endOnSignal.ts';
import { openLog } from '../server-parts/openLog.ts';
import { openModel } from '../server-parts/openModel.ts';
import './decorators.ts';

const { AnswersModule } = await import('./AnswersModule.ts');

const log = await openLog();
const model = await openModel();

const app = await NestFactory.create(AnswersModule.of(log, model), { logger: ['error', 'warn'] });
const server = (await app.listen(Number(process.argv[2] ?? 8084), '127.0.0.1')) as Server;
console.log(`NestJS: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
await endOnSignal(server, log);
await app.close();
await model.close();
