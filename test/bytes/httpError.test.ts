import { ContentTypeError, fromHttp, HttpError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { expectNothingUncaught, failure, httpServer, provider, until } from '../support/provider.ts';

expectNothingUncaught();

const body = { model: 'm', messages: [] };

const bytesFrom = (baseUrl: string, fetch?: typeof globalThis.fetch) =>
  fromHttp(openAiChat.request({ baseUrl, body, fetch }));

/** The error that a provider's reply amounts to. */
const errorOf = async (reply: Reply): Promise<unknown> => {
  const { baseUrl } = await provider({ replies: [reply] });
  return failure(bytesFrom(baseUrl(openAiChat)));
};

describe('a status outside 2xx', () => {
  it('is an HttpError with the words, the code and the request id of the provider', async () => {
    const { baseUrl } = await provider({
      replies: [
        {
          status: 429,
          error: { message: 'Slow down', code: 'rate_limit_exceeded' },
          headers: { 'x-request-id': 'req_1' },
        },
      ],
    });
    const url = `${baseUrl(openAiChat)}/chat/completions`;
    const error = await failure(bytesFrom(baseUrl(openAiChat)));

    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({
      _tag: 'HttpError',
      status: 429,
      code: 'rate_limit_exceeded',
      requestId: 'req_1',
      retryAfterMs: undefined,
      isRetryable: true,
      url,
      message: `HTTP 429 from ${url}: rate_limit_exceeded: Slow down`,
      cause: { _tag: 'ApiError', providerMessage: 'Slow down' },
    });
  });

  it('is one in the words of a messages server, too', async () => {
    const { baseUrl } = await provider({
      replies: [{ status: 529, error: { message: 'Overloaded', code: 'overloaded_error', requestId: 'req_2' } }],
    });
    const request = { baseUrl: baseUrl(anthropicMessages), body: { ...body, max_tokens: 1 } };

    expect(await failure(fromHttp(anthropicMessages.request(request)))).toMatchObject({
      _tag: 'HttpError',
      status: 529,
      code: 'overloaded_error',
      requestId: 'req_2',
      isRetryable: true,
    });
  });

  const retryable: readonly (readonly [status: number, code: string | undefined, isRetryable: boolean])[] = [
    [400, 'invalid_request_error', false],
    [400, undefined, false],
    [401, 'invalid_api_key', false],
    [401, 'authentication_error', false],
    [403, 'permission_error', false],
    [404, 'model_not_found', false],
    [404, undefined, false],
    [408, undefined, true],
    [409, undefined, true],
    [413, 'request_too_large', false],
    [422, undefined, false],
    [425, undefined, true],
    [429, 'rate_limit_exceeded', true],
    [429, 'rate_limit_error', true],
    [429, 'insufficient_quota', false],
    [429, undefined, true],
    [500, 'server_error', true],
    [500, undefined, true],
    [501, undefined, true],
    [502, undefined, true],
    [503, undefined, true],
    [504, undefined, true],
    [529, 'overloaded_error', true],
    [529, undefined, true],
  ];

  it.each(retryable)('%d with the code %s is worth another attempt: %s', async (status, code, isRetryable) => {
    const error = code === undefined ? {} : { error: { message: 'no', code } };
    const reply = code === undefined ? { bytes: '' } : error;

    expect(await errorOf({ status, ...reply })).toMatchObject({ _tag: 'HttpError', status, code, isRetryable });
  });

  const waits: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
    [{ 'retry-after-ms': '1500' }, 1500],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '60' }, 1500],
    [{ 'retry-after-ms': 'soon', 'retry-after': '3' }, 3000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': new Date(0).toUTCString() }, 0],
    [{}, undefined],
  ];

  it.each(waits)('with the headers %j asks to wait %s ms', async (headers, retryAfterMs) => {
    expect(await errorOf({ status: 429, error: { message: 'no' }, headers })).toMatchObject({ retryAfterMs });
  });

  it('asks to wait until a date', async () => {
    const date = new Date(Date.now() + 10_000).toUTCString();
    const { retryAfterMs } = (await errorOf({ status: 503, bytes: '', headers: { 'retry-after': date } })) as HttpError;

    // The date is in whole seconds.
    expect(retryAfterMs).toBeGreaterThan(5_000);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  });

  it.each(['', 'Bad Gateway', '<html><h1>502</h1></html>', '{"detail', '[]', 'null', '{"error":null}', '42'])(
    'tells the status although the body is %j',
    async (bytes) => {
      const error = await errorOf({ status: 502, bytes });

      expect(error).toMatchObject({ _tag: 'HttpError', status: 502, code: undefined });
      expect((error as Error).message).toMatch(/^HTTP 502 from http:\S+$/);
    },
  );

  it('asks whether baseUrl is right where there is nothing', async () => {
    expect(((await errorOf({ status: 404, bytes: '' })) as Error).message).toContain('is baseUrl right?');
  });
});

describe('the body of an error', () => {
  it('is waited for about two seconds, then what has come of it counts', async () => {
    const stall = { kind: 'stall', afterBytes: 1_000 } as const;
    const start = performance.now();
    const rows = [
      { status: 503, bytes: 'x'.repeat(1_001), fault: stall },
      { bytes: 'y'.repeat(1_001), fault: stall, headers: { 'content-type': 'text/html' } },
      { status: 500, bytes: 'z'.repeat(1_001), fault: { kind: 'heartbeats', afterBytes: 1_000, everyMs: 20 } },
    ] satisfies Reply[];

    const [http, html, dripping] = await Promise.all(rows.map(errorOf));

    expect(http).toMatchObject({ _tag: 'HttpError', status: 503 });
    expect(html).toMatchObject({ _tag: 'ContentTypeError', bodyStart: 'y'.repeat(1_000) });
    expect(dripping).toMatchObject({ _tag: 'HttpError', status: 500 });
    expect(performance.now() - start).toBeLessThan(5_000);
  }, 10_000);

  it('tells what it told when it breaks off', async () => {
    const fault = { kind: 'cut', afterBytes: 300, with: 'rst' } as const;
    const bytes = JSON.stringify({ error: { message: 'Overloaded', code: 'overloaded' } }).padEnd(400);

    expect(await errorOf({ status: 500, bytes, fault })).toMatchObject({ _tag: 'HttpError', code: 'overloaded' });
  });

  it.each([500, 200])('is left when it does not end, with the status %d', async (status) => {
    let written = 0;
    const { origin, openSockets } = await httpServer((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const error = await failure(bytesFrom(origin));

    expect(error).toMatchObject({ _tag: status === 200 ? 'ContentTypeError' : 'HttpError' });
    expect(JSON.stringify(error).length).toBeLessThan(70_000);
    await until(() => openSockets() === 0, 'the close', 500);
    // What the system's buffers took, not what the library did.
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it('is cut to its bound when it comes in one piece', async () => {
    const response = new Response('x'.repeat(10_000_000), { headers: { 'content-type': 'text/html' } });
    const error = await failure(bytesFrom('http://a.test/v1', () => Promise.resolve(response)));

    expect((error as ContentTypeError).bodyStart).toBe('x'.repeat(65_536));
    expect((error as Error).message.length).toBeLessThan(500);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with the status %d is not followed', async (status) => {
    const other = await provider();
    const location = `${other.baseUrl(openAiChat)}/chat/completions`;
    const error = await errorOf({ status, bytes: '', headers: { location } });

    expect(error).toMatchObject({ _tag: 'HttpError', status, isRetryable: false });
    expect((error as Error).message).toContain(`a redirect to ${location}; redirects are not followed`);
    expect(other.requests).toHaveLength(0);
  });

  it('need not say where it leads', async () => {
    expect(((await errorOf({ status: 302, bytes: '' })) as Error).message).toContain(': a redirect; redirects are not');
  });
});

describe('a 2xx that is no event stream', () => {
  const ofType = (contentType: string, bytes: string, status = 200): Promise<unknown> =>
    errorOf({ status, bytes, headers: { 'content-type': contentType } });

  it('is a ContentTypeError with the error that its JSON holds', async () => {
    const bytes = JSON.stringify({ error: { message: 'Overloaded', type: 'overloaded_error' } });
    const error = await ofType('application/json; charset=utf-8', bytes);

    expect(error).toBeInstanceOf(ContentTypeError);
    expect(error).toMatchObject({
      _tag: 'ContentTypeError',
      contentType: 'application/json; charset=utf-8',
      expected: 'text/event-stream',
      isRetryable: true,
      bodyStart: bytes,
      apiError: { _tag: 'ApiError', code: 'overloaded_error' },
    });
    expect((error as Error).message).toMatch(
      /answered with application\/json; charset=utf-8, not text\/event-stream: overloaded_error: Overloaded$/,
    );
  });

  it('is worth no other attempt when its error is not', async () => {
    const bytes = JSON.stringify({ error: { message: 'No', type: 'invalid_request_error' } });

    expect(await ofType('application/json', bytes)).toMatchObject({ isRetryable: false });
  });

  const bodies: readonly (readonly [what: string, contentType: string, bytes: string, told: string])[] = [
    ['JSON without an error', 'application/json', '{"choices":[]}', '{"choices":[]}'],
    ['broken JSON', 'application/json', '{"error', '{"error'],
    ['a page', 'text/html', '<html>\n  <h1>Login</h1>\n</html>', '<html> <h1>Login</h1> </html>'],
    ['nothing', 'application/json', '', 'the body is empty'],
    ['the framing of another dialect', 'application/x-ndjson', '{"done":true}\n', '{"done":true}'],
  ];

  it.each(bodies)('tells of %s', async (_, contentType, bytes, told) => {
    const error = await ofType(contentType, bytes);

    expect(error).toMatchObject({ _tag: 'ContentTypeError', apiError: undefined, isRetryable: false });
    expect((error as Error).message).toMatch(/answered with \S+, not text\/event-stream: /);
    expect((error as Error).message.endsWith(`: ${told}`)).toBe(true);
  });

  it('is one with any status from 200 to 299', async () => {
    expect(await ofType('application/json', '{}', 202)).toMatchObject({ _tag: 'ContentTypeError' });
  });

  it('is none when the type is the one that was asked for, whatever the body', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas: answer() }] });
    let size = 0;
    await new Promise<void>((resolve, reject) => {
      bytesFrom(baseUrl(openAiChat)).subscribe({
        next: ({ length }) => (size += length),
        error: reject,
        complete: resolve,
      });
    });

    expect(size).toBeGreaterThan(100);
  });
});
