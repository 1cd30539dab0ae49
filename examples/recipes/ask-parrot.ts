/**
 * Asks a server that speaks a dialect of one's own, and breaks its connection once.
 *
 *     node examples/recipes/ask-parrot.ts
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { lastValueFrom } from 'rxjs';

import { encodeLine, isStreamError, streamCompletion } from '../../src/index.ts';
import { answer } from '../../src/testing/index.ts';
import { parrot } from './parrot.ts';

// A server, made of the dialect's own way back. It breaks off its second answer.
let asked = 0;
const server = createServer((_request, response) => {
  const lines = answer({ text: 'Pieces of eight!' }).flatMap(parrot.encode()).map(encodeLine);
  asked += 1;
  response.setHeader('content-type', 'application/x-ndjson');
  response.end((asked === 2 ? lines.slice(0, 3) : lines).join(''));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const completion$ = streamCompletion(parrot, {
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // the address of a real one
  retry: false,
  body: { model: 'parrot-2', turns: [{ who: 'user', says: 'Hi' }] },
});

const { text, finishReason } = await lastValueFrom(completion$);
console.log(`${text} (${finishReason})`);

const error: unknown = await lastValueFrom(completion$).catch((reason: unknown) => reason);
if (!isStreamError(error)) throw error;
console.log(`${error._tag}, after: ${error.partial?.text}`);
server.close();
