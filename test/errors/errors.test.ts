import {
  AbortedError,
  ApiError,
  ChunkParseError,
  ContentTypeError,
  HttpError,
  InvalidOptionError,
  isStreamError,
  LimitError,
  NetworkError,
  type StreamError,
  StreamTimeoutError,
  TaggedError,
  ToolArgumentsError,
  TruncatedError,
} from 'rxllm';

import { message } from '../support/frames.ts';

const url = 'http://host/v1/chat/completions';
const quota = new ApiError({ message: 'You exceeded your quota', code: 'insufficient_quota' });
const overloaded = new ApiError({ message: 'Overloaded', code: 'overloaded_error', requestId: 'r1', retryAfterMs: 9 });
const network = (code: string | undefined, phase: 'connect' | 'body' = 'connect') =>
  new NetworkError({ url, code, phase });
const page = (bodyStart: string, apiError?: ApiError) =>
  new ContentTypeError({ contentType: 'text/html', expected: 'text/event-stream', url, bodyStart, apiError });
const parse = (path: string, problem: string) =>
  new ChunkParseError({ dialect: 'openai-chat', frame: message('{}'), path, problem });

/** One of each, for what all have in common. */
const all: readonly StreamError[] = [
  new HttpError({ status: 500, url }),
  page('<html>'),
  network('ECONNRESET'),
  overloaded,
  parse('', 'is null'),
  new TruncatedError(),
  new StreamTimeoutError('idle', 5),
  new AbortedError(),
  new LimitError('maxParts', 3),
];

describe('the errors of a stream', () => {
  it.each(all)('$_tag is an Error, named by its tag, and one of the stream', (error) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(TaggedError);
    expect(error.name).toBe(error._tag);
    expect(error.constructor.name).toBe(error._tag);
    expect(String(error)).toBe(`${error._tag}: ${error.message}`);
    expect(error.stack).toContain(error._tag);
    expect(error.partial).toBeUndefined();
    expect(typeof error.isRetryable).toBe('boolean');
    expect(isStreamError(error)).toBe(true);
  });

  it.each(all)('$_tag keeps its cause', (error) => {
    const cause = new Error('the cause');
    const caused = [
      new HttpError({ status: 500, url }, { cause }),
      new ContentTypeError({ contentType: '', expected: '', url, bodyStart: '' }, { cause }),
      new NetworkError({ url, code: undefined, phase: 'body' }, { cause }),
      new ApiError({ message: 'x' }, { cause }),
      new ChunkParseError({ dialect: '', frame: message(''), path: '', problem: '' }, { cause }),
      new TruncatedError({}, { cause }),
      new StreamTimeoutError('idle', 5, { cause }),
      new AbortedError({ cause }),
      new LimitError('maxParts', 3, { cause }),
    ].find(({ _tag }) => _tag === error._tag);

    expect(caused?.cause).toBe(cause);
  });

  it.each<[StreamError, boolean, string]>([
    [new HttpError({ status: 500, url }), true, `HTTP 500 from ${url}`],
    [
      new HttpError({ status: 404, url }),
      false,
      `HTTP 404 from ${url}: is baseUrl right? OpenAI-style servers want it to end in /v1`,
    ],
    [
      new HttpError({ status: 429, url, apiError: quota }),
      false,
      `HTTP 429 from ${url}: insufficient_quota: You exceeded your quota`,
    ],
    [
      new HttpError({ status: 307, url, location: 'http://elsewhere/' }),
      false,
      `HTTP 307 from ${url}: a redirect to http://elsewhere/; redirects are not followed, because they would carry the API key along. Use the final address as baseUrl`,
    ],
    [
      new HttpError({ status: 0, url }),
      false,
      `HTTP 0 from ${url}: a redirect; redirects are not followed, because they would carry the API key along. Use the final address as baseUrl`,
    ],
    [page(' <html>\n\n  <b> '), false, `${url} answered with text/html, not text/event-stream: <html> <b>`],
    [page(' \n '), false, `${url} answered with text/html, not text/event-stream: the body is empty`],
    [
      page('{"error":...', overloaded),
      true,
      `${url} answered with text/html, not text/event-stream: overloaded_error: Overloaded`,
    ],
    [
      network('ECONNREFUSED'),
      true,
      `cannot reach ${url} (ECONNREFUSED: nothing listens there: is the server running, and is baseUrl right?)`,
    ],
    [network('EWEIRD'), true, `cannot reach ${url} (EWEIRD)`],
    [network(undefined), true, `cannot reach ${url}`],
    [
      network('ECONNRESET', 'body'),
      true,
      `the connection to ${url} broke (ECONNRESET: the server reset the connection)`,
    ],
    [overloaded, true, 'overloaded_error: Overloaded'],
    [new ApiError({ message: 'Oops' }), false, 'Oops'],
    [parse('choices.0', 'is null'), false, 'not a chunk of openai-chat: choices.0 is null'],
    [parse('', 'the data is not JSON: x'), false, 'not a chunk of openai-chat: the data is not JSON: x'],
    [new TruncatedError(), true, 'the stream ended before its stop reason: the answer is cut short'],
    [
      new TruncatedError({ missing: 'marker' }),
      true,
      'the stream ended before its closing marker: the answer is cut short',
    ],
    [new LimitError('maxParts', 3), false, 'the stream exceeded maxParts (3); raise it if such an answer is expected'],
    [new AbortedError(), false, "the caller's signal aborted the stream"],
  ])('says what is wrong, and whether it is retryable (%#)', (error, isRetryable, text) => {
    expect(error.message).toBe(text);
    expect(error.isRetryable).toBe(isRetryable);
  });

  it.each([
    ['connect', 'connectMs', true],
    ['first-frame', 'firstFrameMs', true],
    ['first-token', 'firstTokenMs', true],
    ['idle', 'idleMs', true],
    ['stalled', 'stalledMs', true],
    ['total', 'totalMs', false],
  ] as const)('a timeout of the phase %s names the option %s', (phase, option, isRetryable) => {
    const error = new StreamTimeoutError(phase, 1_234);

    expect(error).toMatchObject({ phase, option, afterMs: 1_234, isRetryable });
    expect(error.message).toContain(`1234 ms (${option})`);
  });

  it('quotes no more than 200 characters of a page', () => {
    expect(page('x'.repeat(5_000)).message.length).toBeLessThan(300);
    expect(page('x'.repeat(5_000)).bodyStart).toHaveLength(5_000);
  });

  it('has the provider’s error as its cause, and what that says in its fields', () => {
    const error = new HttpError({ status: 529, url, apiError: overloaded });

    expect(error.cause).toBe(overloaded);
    expect(error).toMatchObject({ code: 'overloaded_error', requestId: 'r1', retryAfterMs: 9 });
    expect(new HttpError({ status: 529, url, apiError: overloaded, requestId: 'r2', retryAfterMs: 1 })).toMatchObject({
      requestId: 'r2',
      retryAfterMs: 1,
    });
    expect(page('', overloaded).cause).toBe(overloaded);
  });

  it.each([
    [200, false],
    [301, false],
    [400, false],
    [401, false],
    [402, false],
    [403, false],
    [404, false],
    [408, true],
    [409, true],
    [413, false],
    [422, false],
    [425, true],
    [429, true],
    [499, false],
    [500, true],
    [502, true],
    [503, true],
    [504, true],
    [529, true],
    [599, true],
    [600, false],
  ])('of status %i is retryable: %s', (status, isRetryable) => {
    expect(new HttpError({ status, url }).isRetryable).toBe(isRetryable);
  });
});

describe('isStreamError', () => {
  it.each([
    new Error('x'),
    new TypeError('x'),
    new InvalidOptionError('x', 'is wrong'),
    { _tag: 'ApiError' },
    null,
    'x',
  ])('is false for %p', (error) => {
    expect(isStreamError(error)).toBe(false);
  });

  it('is false for the error of a tool call, which ends no stream', () => {
    // The type says so: a switch on the tags of `StreamError` has no case for it.
    expect(isStreamError(new ToolArgumentsError('f'))).toBe(false);
  });
});

describe('InvalidOptionError', () => {
  it('is a TypeError that names the option', () => {
    const error = new InvalidOptionError('body.model', 'is missing');

    expect(error).toBeInstanceOf(TypeError);
    expect(error).not.toBeInstanceOf(TaggedError);
    expect(error).toMatchObject({
      _tag: 'InvalidOptionError',
      name: 'InvalidOptionError',
      option: 'body.model',
      message: 'body.model is missing',
    });
  });
});
