import { lastValueFrom } from 'rxjs';
import { type Completion, streamCompletion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, type FakeProviderOptions } from 'rxllm/testing';

import {
  closedOrigin,
  expectNothingUncaught,
  failure,
  httpServer,
  provider,
  renderings,
  tcpServer,
} from '../support/provider.ts';

expectNothingUncaught();

const apiKey = 'sk-proj-AbC/dEf+123==';
const prompt = 'What nobody else may read';
const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: prompt }] };

const ask = (baseUrl: string, more: object = {}) =>
  streamCompletion(openAiChat, { baseUrl, apiKey, body, retry: false, ...more });

const echo = `Incorrect API key provided: ${apiKey}.`;
const deltas = answer({ text: 'To be, or not to be' });

/** What comes of a question to a provider that answers so. */
const errorOf = async (...replies: Extract<FakeProviderOptions['replies'], readonly unknown[]>): Promise<unknown> => {
  const { baseUrl } = await provider({ replies });
  return failure(ask(baseUrl(openAiChat)));
};

/** As some servers write JSON: everything that is no letter or digit as an escape. */
const escaped = (text: string): string =>
  text.replace(/[^\w :{}",]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const json = JSON.stringify({ error: { message: echo, type: 'invalid_request_error', code: 'invalid_api_key' } });
const html = { 'content-type': 'text/html' };

const ways: readonly (readonly [what: string, tag: string, error: () => Promise<unknown>])[] = [
  ['a refused connection', 'NetworkError', async () => failure(ask(await closedOrigin()))],
  ['an unknown host', 'NetworkError', () => failure(ask('http://no-such-host.invalid'))],
  [
    'a reset connection',
    'NetworkError',
    () => errorOf({ deltas, fault: { kind: 'cut', afterBytes: 300, with: 'rst' } }),
  ],
  [
    'a broken connection',
    'NetworkError',
    () => errorOf({ deltas, fault: { kind: 'cut', afterBytes: 300, with: 'fin' }, transfer: 'chunked' }),
  ],
  [
    'a server that sends back what it got instead of HTTP',
    'NetworkError',
    async () => failure(ask((await tcpServer((socket) => socket.pipe(socket))).origin)),
  ],
  ['a status with the key in its words', 'HttpError', () => errorOf({ status: 401, bytes: json })],
  ['a status with the key in escapes', 'HttpError', () => errorOf({ status: 401, bytes: escaped(json) })],
  [
    'a status from a server that sends the headers back',
    'HttpError',
    async () => {
      const { origin } = await httpServer(({ headers }, response) =>
        response.writeHead(400).end(JSON.stringify({ error: { message: JSON.stringify(headers) } })),
      );
      return failure(ask(origin));
    },
  ],
  [
    'a redirect with the key in its query',
    'HttpError',
    () => errorOf({ status: 302, bytes: '', headers: { location: `/login?key=${apiKey}` } }),
  ],
  [
    'a redirect with the key in its path',
    'HttpError',
    () => errorOf({ status: 302, bytes: '', headers: { location: `http://elsewhere.test/${apiKey}/login` } }),
  ],
  [
    'a JSON error with a good status',
    'ContentTypeError',
    () => errorOf({ bytes: json, headers: { 'content-type': 'application/json' } }),
  ],
  ['a page', 'ContentTypeError', () => errorOf({ bytes: `<h1>${echo}</h1>`, headers: html })],
  ['an error within the stream', 'ApiError', () => errorOf({ bytes: `data: ${json}\n\n` })],
  ['a bare error within the stream', 'ApiError', () => errorOf({ bytes: `${json}\n` })],
  ['a plain error event', 'ApiError', () => errorOf({ bytes: `event: error\ndata: ${echo}\n\n` })],
  ['a chunk that is not JSON', 'ChunkParseError', () => errorOf({ bytes: 'data: {"id":\n\n' })],
  [
    'an answer cut short',
    'TruncatedError',
    () => errorOf({ deltas, fault: { kind: 'cut', afterBytes: 500, with: 'fin' } }),
  ],
  ['a frame beyond its bound', 'LimitError', () => errorOf({ bytes: `data: ${'x'.repeat(9_000_000)}\n\n` })],
];

describe('an error keeps the key and the prompt to itself', () => {
  it.each(ways)('after %s', async (_, tag, make) => {
    const error = await make();

    expect(error).toMatchObject({ _tag: tag });
    expect(renderings(error)).not.toContain(apiKey);
    expect(renderings(error)).not.toContain(apiKey.slice(8));
    expect(renderings(error)).not.toContain(prompt);
  });

  it('that went in a header of another name', async () => {
    const { origin } = await httpServer(({ headers }, response) =>
      response
        .writeHead(401)
        .end(JSON.stringify({ error: { message: `bad key ${headers['x-api-key']?.toString()}` } })),
    );
    const error = await failure(streamCompletion(anthropicMessages, { baseUrl: origin, apiKey, body, retry: false }));

    expect(renderings(error)).toContain('bad key [redacted]');
    expect(renderings(error)).not.toContain(apiKey);
  });

  it('that went in headers of the caller', async () => {
    const { origin } = await httpServer(({ headers }, response) =>
      response.writeHead(401).end(JSON.stringify({ error: { message: JSON.stringify(headers) } })),
    );
    const headers = { 'api-key': 'azure-secret', 'x-goog-api-key': 'google-secret', cookie: 'session=cookie-secret' };
    const seen = renderings(await failure(ask(origin, { apiKey: undefined, headers })));

    for (const secret of ['azure-secret', 'google-secret', 'cookie-secret']) expect(seen).not.toContain(secret);
  });

  it('that went in the query of the address', async () => {
    const error = await failure(ask(`${await closedOrigin()}/v1?api-key=query-secret`));

    expect(error).toMatchObject({ _tag: 'NetworkError' });
    expect(renderings(error)).not.toContain('query-secret');
  });
});

describe('a completion', () => {
  it('keeps the key and the prompt to itself', async () => {
    const { baseUrl } = await provider();
    const completion: Completion = await lastValueFrom(ask(baseUrl(openAiChat)));

    expect(JSON.stringify(completion)).not.toContain(apiKey);
    expect(JSON.stringify(completion)).not.toContain(prompt);
  });
});
