import { lastValueFrom, take } from 'rxjs';
import { type Completion, type Dialect, fetchCompletion, type StreamOptions } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { ending, expectNothingUncaught, failure, renderings } from '../support/provider.ts';
import { workedMs } from '../support/workedMs.ts';

expectNothingUncaught();

const apiKey = 'sk-proj-AbC/dEf+123==';
const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'What nobody else may read' }] };

const answering = (
  bytes: Uint8Array<ArrayBuffer> | string,
  dialect: Dialect<typeof body> = openAiChat,
  more: Partial<StreamOptions<typeof body>> = {},
) =>
  fetchCompletion(dialect, {
    baseUrl: 'http://fake.test/v1',
    apiKey,
    // Vague on purpose: what the head does not tell, the body must.
    fetch: () => Promise.resolve(new Response(bytes, { headers: { 'content-type': 'text/plain' } })),
    body,
    retry: false,
    ...more,
  });

const chat = (message: string): string =>
  `{"id":"a","choices":[{"index":0,"message":${message},"finish_reason":"stop"}]}`;
const message = (content: string): string => `{"id":"a","model":"m","content":[${content}],"stop_reason":"end_turn"}`;

const tagOf = async (bytes: Uint8Array<ArrayBuffer> | string): Promise<unknown> =>
  ((await failure(answering(bytes))) as { _tag?: unknown })._tag;

describe('a body of fetchCompletion', () => {
  it.each([
    ['', 'TruncatedError'],
    [' \n\n ', 'TruncatedError'],
    ['\uFEFF', 'TruncatedError'],
    ['{', 'TruncatedError'],
    ['[{"choices":', 'TruncatedError'],
    ['{"choices":[],"a":"\\', 'TruncatedError'],
    ['<!doctype html><title>Oops</title>', 'ChunkParseError'],
    ['upstream connect error', 'ChunkParseError'],
    ['nul', 'ChunkParseError'],
    ['"', 'ChunkParseError'],
    ['{"choices":[]}}', 'ChunkParseError'],
    ['{"a":1}{"b":2}', 'ChunkParseError'],
    ['data: {"choices":[]}\n\n', 'ChunkParseError'],
    ['{"choices":[]}', 'TruncatedError'],
    ['{"error":"no"}', 'ApiError'],
    ['[{"error":{"message":"no"}}]', 'ApiError'],
    ['{"object":"error","message":"no"}', 'ApiError'],
  ])('that is %j ends in a %s', async (bytes, tag) => {
    expect(await tagOf(bytes)).toBe(tag);
  });

  it('may begin with a byte order mark, and with the blank lines that keep a connection alive', async () => {
    const { text } = await lastValueFrom(answering(`\uFEFF\n\n\n${chat('{"content":"Hi"}')}\n`));

    expect(text).toBe('Hi');
  });

  it('that is not UTF-8 has U+FFFD in its place', async () => {
    const [head = '', tail = ''] = chat('{"content":"a|b"}').split('|');
    const utf8 = new TextEncoder();
    const bytes = new Uint8Array([...utf8.encode(head), 0xff, 0xe6, ...utf8.encode(tail)]);

    expect((await lastValueFrom(answering(bytes))).text).toBe('a\uFFFD\uFFFDb');
  });

  it('keeps lone surrogates, NUL and what looks like a prototype', async () => {
    const { text, toolCalls } = await lastValueFrom(
      answering(
        chat(
          '{"content":"\\ud800\\u0000","__proto__":{"x":1},"constructor":{"y":1},"tool_calls":[{"id":"__proto__","function":{"name":"__proto__","arguments":"{\\"__proto__\\":1}"}}]}',
        ),
      ),
    );

    expect(text).toBe('\ud800\0');
    expect(toolCalls).toMatchObject([{ id: '__proto__', name: '__proto__', status: 'complete' }]);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['in a field that nobody knows', chat(`{"content":"Hi","deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)],
    ['in a citation', chat(`{"content":"Hi","annotations":[${'['.repeat(50_000)}${']'.repeat(50_000)}]}`)],
  ])('that nests deep %s is read, or refused with an error of ours', async (_, bytes) => {
    const { values, error } = await ending(answering(bytes));

    expect(values[0]?.text ?? (error as { _tag?: string })._tag).toMatch(/^(Hi|LimitError)$/);
  });

  it('that nests deep in the input of a tool never makes a whole call', async () => {
    const input = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const { values, error } = await ending(
      answering(message(`{"type":"tool_use","id":"c","name":"f","input":${input}}`), anthropicMessages),
    );

    const [call] = values[0]?.toolCalls ?? [];
    expect(call?.status ?? (error as { _tag?: string })._tag).toMatch(/^(complete|invalid|LimitError)$/);
    if (call?.status === 'complete') expect(JSON.stringify(call.arguments)).toBe(input);
  });

  it('with many parts is bounded by maxParts', async () => {
    const blocks = Array.from({ length: 20 }, () => '{"type":"text","text":"x"}').join();
    const error = await failure(answering(message(blocks), anthropicMessages, { limits: { maxParts: 10 } }));

    expect(error).toMatchObject({ _tag: 'LimitError', option: 'maxParts' });
  });

  it('of 10,000 calls takes no time that grows faster', async () => {
    const calls = Array.from({ length: 10_000 }, (_, at) => `{"id":"c${at}","function":{"name":"f","arguments":"{}"}}`);
    const start = workedMs();
    const { toolCalls } = await lastValueFrom(answering(chat(`{"tool_calls":[${calls.join()}]}`)));

    expect(toolCalls).toHaveLength(10_000);
    expect(workedMs() - start).toBeLessThan(20_000);
  });

  it('with calls that share an id or have none keeps them apart', async () => {
    const call = (id: string, n: number): string =>
      `{"id":${id},"index":0,"function":{"name":"f","arguments":"{\\"n\\":${n}}"}}`;
    const { toolCalls } = await lastValueFrom(
      answering(chat(`{"tool_calls":[${[call('"c"', 1), call('"c"', 2), call('null', 3), call('""', 4)].join()}]}`)),
    );

    expect(toolCalls.map((one) => 'arguments' in one && one.arguments)).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
      { n: 4 },
    ]);
  });

  it('that repeats the key shows it in no error', async () => {
    const echoes = [
      `{"error":{"message":"Wrong key ${apiKey}"}}`,
      `not JSON but ${apiKey}`,
      `{"choices":"${apiKey}"}`,
      `{"choices":[{"message":{"content":5}}],"key":"${apiKey}"}`,
    ];
    for (const bytes of echoes) expect(renderings(await failure(answering(bytes)))).not.toContain(apiKey);
  });

  it('is read to its end though the consumer takes only one', async () => {
    const completion: Completion = await lastValueFrom(answering(chat('{"content":"Hi"}')).pipe(take(1)));

    expect(completion.ended).toBe(true);
  });
});
