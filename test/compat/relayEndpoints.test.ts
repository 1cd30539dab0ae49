import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { concatMap, delay, from, type Observable, of } from 'rxjs';
import type { Delta } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { encodeOpenAiResponses, resumable } from 'rxllm/server';
import { answer } from 'rxllm/testing';

const words = Array.from({ length: 200 }, (_, at) => `word-${at} `);
const input = 'Say two hundred words';
const model = 'm';

let server: Server;
let client: OpenAI;
let started = 0;

const slowly = (): Observable<Delta> => {
  started += 1;
  return from(answer({ text: words })).pipe(concatMap((delta) => of(delta).pipe(delay(2))));
};

beforeEach(async () => {
  started = 0;
  const { node } = resumable(memoryLog(), {
    basePath: '/v1/responses',
    authorize: ({ headers }) => headers.get('authorization')?.replace('Bearer ', ''),
    start: slowly,
    encoder: encodeOpenAiResponses(),
  });
  server = createServer((request, response) => void node(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  client = new OpenAI({ baseURL, apiKey: 'ann', maxRetries: 0 });
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** Reads an answer as far as its nth event, and leaves. */
const beginning = async (events: number) => {
  const stream = await client.responses.create({ model, input, stream: true, background: true });
  let [id, last, text] = ['', -1, ''];
  for await (const event of stream) {
    if (event.type === 'response.created') id = event.response.id;
    if (event.type === 'response.output_text.delta') text += event.delta;
    last = event.sequence_number;
    if (last >= events) break;
  }
  return { id, last, text };
};

describe('the openai client, unmodified, on the endpoints', () => {
  it('goes on where it left, and nothing is made twice', async () => {
    const { id, last, text } = await beginning(40);
    const rest = await client.responses.retrieve(id, { stream: true, starting_after: last });
    let whole = text;
    const numbers: number[] = [];
    for await (const event of rest) {
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') whole += event.delta;
    }

    expect(whole).toBe(words.join(''));
    expect(numbers[0]).toBeGreaterThan(last);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(started).toBe(1);
  });

  it('stops an answer, and is told how far it came', async () => {
    const { id } = await beginning(20);

    expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'in_progress' });
    const cancelled = await client.responses.cancel(id);
    expect(cancelled).toMatchObject({ id, status: 'cancelled' });
    expect(JSON.stringify(cancelled.output)).toContain('word-0 word-1 ');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await client.responses.retrieve(id)).toMatchObject({ id, status: 'cancelled' });
    expect(await client.responses.cancel(id)).toMatchObject({ status: 'cancelled' });
  });

  it('gets a whole answer without a stream', async () => {
    const { id } = await beginning(5);
    for await (const _ of await client.responses.retrieve(id, { stream: true }));

    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'completed', output_text: words.join('') });
  });

  it('finds nothing of anybody else', async () => {
    const { id } = await beginning(5);
    const other = new OpenAI({ baseURL: client.baseURL, apiKey: 'bob', maxRetries: 0 });

    await expect(other.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.responses.cancel(id)).rejects.toMatchObject({ status: 404 });
  });
});
