/**
 * A server and its client in one program, as a user would write them: a provider that fails once, a relay that keeps its
 * answers in a log, and all that `client` does with both. It ends by itself once nothing is open any more.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { filter, firstValueFrom } from 'rxjs';
import { HttpError, streamCompletion, streamDeltas } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { memoryLog } from 'rxllm/log';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { resumable } from 'rxllm/server';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

import { client } from './client.js';

const text = 'Grüße, 世界 🌍, word by word.';
const expected = Object.fromEntries(
  ['openai', 'anthropic', 'responses', 'gemini', 'ollama', 'deltas', 'tools', 'relay', 'iterated'].map((name) => [
    name,
    text,
  ]),
);
const toolCalls = [{ id: 'c1', name: 'weather', arguments: '{"city":"Rome"}' }];

const replyTo = (body: unknown, count: number): Reply => {
  if (count === 0) return { status: 503, error: { message: 'try again' } };
  const { model, messages } = body as { model?: string; messages?: readonly unknown[] };
  if (model === 'endless') return { deltas: answer({ text: text.repeat(1_000) }), frameMs: 5 };
  if (model === 'tools' && messages?.length === 1) return { deltas: answer({ toolCalls }) };
  return { deltas: answer({ text }), writeBytes: 3 };
};

const main = async (): Promise<void> => {
  const fake = fakeProvider({ apiKey: 'key', replies: ({ body }, count) => replyTo(body, count) });
  const provider = await fake.listen();
  const baseUrl = provider.baseUrl(openAiChat);
  const chat = { baseUrl, apiKey: 'key', body: { model: 'm', messages: [] } };

  const answers = resumable(memoryLog(), { authorize: () => 'ada', start: () => streamDeltas(openAiChat, chat) });
  const server = createServer((request, response) => void answers.node(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const dialects = [openAiChat, anthropicMessages, openAiResponses, gemini, ollama];
  const texts = await client({
    providers: Object.fromEntries(dialects.map((dialect) => [dialect.name, provider.baseUrl(dialect)])),
    relay: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  assert.deepEqual(texts, expected);

  // Leaving closes the connection.
  const endless$ = streamCompletion(openAiChat, { ...chat, body: { model: 'endless', messages: [] } });
  await firstValueFrom(endless$.pipe(filter((completion) => completion.text !== '')));
  for (let waitMs = 0; fake.requests.at(-1)?.endedBy !== 'client' && waitMs < 2_000; waitMs += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(fake.requests.at(-1)?.endedBy, 'client');

  // An error is of its class, and has no key in it.
  const refused = firstValueFrom(streamCompletion(openAiChat, { ...chat, apiKey: 'sk-secret' }));
  await assert.rejects(refused, (error) => error instanceof HttpError && error.status === 401);
  assert.doesNotMatch(String(await refused.catch((error: unknown) => error)), /sk-secret/);

  server.close();
  server.closeAllConnections();
  await provider.close();
};

main().then(
  () => {
    console.log(`well, with ${process.version}`);
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
