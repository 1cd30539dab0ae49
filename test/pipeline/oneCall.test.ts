import { inspect } from 'node:util';

import { lastValueFrom } from 'rxjs';
import { streamCompletion, type StreamOptions } from 'rxllm';
import { anthropicMessages, type MessagesBody } from 'rxllm/anthropic';
import { type ChatCompletionBody, openAiChat } from 'rxllm/openai';
import { answer, fakeProvider, type Reply } from 'rxllm/testing';

const body = { model: 'm', messages: [] };

const ask = (options: Partial<StreamOptions<ChatCompletionBody>>) =>
  lastValueFrom(streamCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', body, retry: false, ...options }));

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const fetchOf = (...replies: readonly Reply[]) => fakeProvider({ replies }).fetch;

describe('limits', () => {
  const deltas = answer({ text: 'far too long an answer' });

  it.each([
    ['maxFrameChars', { maxFrameChars: 50 }],
    ['maxAnswerChars', { maxAnswerChars: 10 }],
    ['maxParts', { maxParts: 1 }],
  ])('reach the stage that %s belongs to', async (option, limits) => {
    const twoParts = answer({ text: 'Hi', reasoning: 'Hm' });
    const error = await failureOf(
      ask({ fetch: fetchOf({ deltas: option === 'maxParts' ? twoParts : deltas }), limits }),
    );

    expect(error).toMatchObject({ _tag: 'LimitError', option });
  });

  it('bound what resuming keeps, too', async () => {
    const resume = { firstDelayMs: 0 };
    const error = await failureOf(ask({ fetch: fetchOf({ deltas }), limits: { maxAnswerChars: 10 }, resume }));

    expect(error).toMatchObject({ _tag: 'LimitError', option: 'maxAnswerChars' });
  });

  it('leave frames out that cannot be read, where told to', async () => {
    const bytes =
      'data: oops\n\ndata: {"id":"a","choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

    expect(await ask({ fetch: fetchOf({ bytes }), limits: { onInvalid: 'skip' } })).toMatchObject({ text: 'Hi' });
  });
});

describe('words that an option does not know', () => {
  it.each([
    ['retryWhen', { retry: { retryWhen: 'alway' } }],
    ['resume.by', { resume: { by: 'last-id' } }],
    ['onInvalid', { limits: { onInvalid: 'ignore' } }],
  ])('are refused at the call for %s', (option, options) => {
    expect(() => ask(options as never)).toThrow(expect.objectContaining({ _tag: 'InvalidOptionError', option }));
  });
});

describe('totalMs', () => {
  it('completes an answer that is whole, whatever is still missing', async () => {
    const bytes = 'data: {"id":"a","choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n';
    const fetch = fetchOf({ bytes, fault: { kind: 'stall', afterBytes: 10_000 } });

    expect(await ask({ fetch, timeouts: { totalMs: 60 } })).toMatchObject({ text: 'Hi', ended: true });
  });

  it('ends one that is not', async () => {
    const fetch = fetchOf({ deltas: answer({ text: 'To be' }), fault: { kind: 'stall', afterBytes: 500 } });

    expect(await failureOf(ask({ fetch, timeouts: { totalMs: 60 } }))).toMatchObject({ phase: 'total' });
  });
});

describe('resuming', () => {
  it('does not multiply with retrying while nothing of the answer has come', async () => {
    const provider = fakeProvider({
      replies: [{ deltas: answer({ text: 'Hi' }), fault: { kind: 'cut', afterBytes: 420, with: 'fin' } }],
    });
    const request: StreamOptions<MessagesBody> = {
      baseUrl: 'http://fake.test',
      fetch: provider.fetch,
      body: { ...body, max_tokens: 9 },
      retry: { firstDelayMs: 0 },
      resume: { firstDelayMs: 0 },
    };
    const error = await failureOf(lastValueFrom(streamCompletion(anthropicMessages, request)));

    // The part has begun, and has no text: that is no answer yet.
    expect(error).toMatchObject({
      _tag: 'TruncatedError',
      partial: { text: '', choices: [{ parts: [{ kind: 'text' }] }] },
    });
    expect(provider.requests).toHaveLength(3);
  });
});

describe('a key', () => {
  const key = 'sk-very-secret-123';
  const bad = `data: oops ${key}\n\n`;
  const refusal: Reply = { status: 401, bytes: JSON.stringify({ message: `no such key: ${key}` }) };

  it.each<readonly [string, Partial<StreamOptions<ChatCompletionBody>>]>([
    ['in data that is no chunk', { fetch: fetchOf({ bytes: bad }), apiKey: key }],
    ['of a header by another name', { fetch: fetchOf(refusal), headers: { 'x-auth': key } }],
    ['of the query', { fetch: fetchOf(refusal), baseUrl: `http://fake.test/v1?key=${key}` }],
    [
      'in what a fetch of their own throws',
      {
        apiKey: key,
        fetch: () => Promise.reject(Object.assign(new TypeError(`no way with ${key}`), { config: { key } })),
      },
    ],
  ])('that comes back %s is in no error', async (_, options) => {
    const error = await failureOf(ask(options));

    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 9 })).not.toContain(key);
  });
});

describe('what a server says of a status', () => {
  it.each([
    ['a message', '{"message":"Unauthorized"}', 'Unauthorized'],
    ['a detail', '{"detail":"Not Found"}', 'Not Found'],
  ])('is in the error where it is %s', async (_, bytes, words) => {
    const error = await failureOf(ask({ fetch: fetchOf({ status: 404, bytes }) }));

    expect((error as Error).message).toContain(words);
  });
});
