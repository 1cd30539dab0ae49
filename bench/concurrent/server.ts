/** The server of the scenario `concurrent`: it holds answers of OpenAI's shape open and writes them token by token. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { type FromServer, nowUs, stamped, type ToServer } from './messages.ts';

const say = (message: FromServer): void => {
  process.send?.(message);
};

const mark = 'TOKEN';
const head = { id: 'chatcmpl-CdW3kPqTz81RmYvXaG5sJhN0uLbEo', object: 'chat.completion.chunk', created: 1_763_683_200 };
const more = { model: 'gpt-5.1-2025-11-13', service_tier: 'default', system_fingerprint: 'fp_4f2c8a91d7' };
const event = (delta: object, finish_reason: string | null): string =>
  `data: ${JSON.stringify({ ...head, ...more, choices: [{ index: 0, delta, logprobs: null, finish_reason }], usage: null, obfuscation: 'qX3fB7a' })}\n\n`;

const [before = '', after = ''] = event({ content: mark }, null).split(mark);
const first = event({ role: 'assistant', content: '', refusal: null }, null);
const last = `${event({}, 'stop')}data: [DONE]\n\n`;

/** A chunk of HTTP's own, written past Node's response: that would cost the machine more than the clients do. */
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const open = new Map<ServerResponse, Socket>();
let awaited = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write(first);
    open.set(response, request.socket);
    response.on('close', () => open.delete(response));
    if (open.size === awaited) say({ type: 'connected' });
  });
});

const pace = async (tokensPerStream: number, tokensPerSecond: number): Promise<void> => {
  const sockets = [...open.values()];
  const total = sockets.length * tokensPerStream;
  const beginUs = nowUs();
  let given = 0;
  while (given < total) {
    const due = Math.min(total, Math.floor(((nowUs() - beginUs) / 1e6) * sockets.length * tokensPerSecond));
    for (; given < due; given += 1) {
      sockets[given % sockets.length]?.write(chunk(before + stamped(' token', nowUs()) + after), 'latin1');
    }
    await sleep(1);
  }
  say({ type: 'paced', lateMs: (nowUs() - beginUs) / 1e3 - (tokensPerStream / tokensPerSecond) * 1e3 });
};

process.on('message', (message: ToServer) => {
  if (message.type === 'await') awaited = message.streams;
  else if (message.type === 'pace') void pace(message.tokensPerStream, message.tokensPerSecond);
  else for (const response of open.keys()) response.end(last);
});
// The benchmark is over, or was interrupted.
process.on('disconnect', () => process.exit());

server.listen({ port: 0, host: '127.0.0.1', backlog: 8_192 }, () => {
  say({ type: 'listening', port: (server.address() as AddressInfo).port });
});
