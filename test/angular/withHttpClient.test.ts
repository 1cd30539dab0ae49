import '../support/angular.ts';

import {
  HttpClient,
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  type HttpInterceptorFn,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
} from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import * as t from 'io-ts';
import { EMPTY, lastValueFrom, map, type Observable, of, retry, take, tap, throwError, timer } from 'rxjs';
import { accumulateDelta, type Completion, type Delta, HttpError, InvalidOptionError, pickDeltas, tool } from 'rxllm';
import {
  injectLlm,
  type Llm,
  type LlmConfig,
  llmStreamingInterceptor,
  provideLlm,
  withHttpClient,
} from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { inTestBed } from '../support/angular.ts';
import { thrownBy } from '../support/record.ts';
import { closedOrigin, ending, expectNothingUncaught, failure, provider, until } from '../support/provider.ts';

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
const text = 'Grüße 👩‍👩‍👧 from a model that has a lot to say, in many small pieces. 北京 ✓';

const clientWith = (
  baseUrl: string,
  interceptors: readonly HttpInterceptorFn[],
  config: Partial<LlmConfig> = {},
): Llm => {
  const http = provideHttpClient(withInterceptors([...interceptors]));
  const llm = provideLlm(
    { dialect: openAiChat, baseUrl, body, retry: false, ...config },
    withHttpClient({ sampleMs: 5 }),
  );
  return inTestBed([http, llm], () => injectLlm());
};

/** Serves what it is told, in turn. */
const serving = async (...replies: readonly Reply[]) => {
  const fake = await provider({ replies });
  return { fake, baseUrl: fake.baseUrl(openAiChat) };
};

/** A reply that is cut after some words were said, with a reset. */
const cutReply = (id: string, words: string, afterBytes = 900): Reply => ({
  deltas: answer({ id, text: words }),
  frameMs: 20,
  fault: { kind: 'cut', afterBytes, with: 'rst' },
});

interface Watched {
  readonly deltas: readonly Delta[];
  readonly completions: readonly Completion[];
  readonly error: unknown;
}

/** Everything that comes of a stream, both as deltas and as completions. */
const watch = async (source: Observable<Delta>): Promise<Watched> => {
  const deltas: Delta[] = [];
  const { values: completions, error } = await ending(
    source.pipe(
      tap((delta) => deltas.push(delta)),
      accumulateDelta(),
    ),
  );
  return { deltas, completions, error };
};

const startsOf = ({ deltas }: Watched): readonly Delta[] => deltas.filter(({ type }) => type === 'start');
const textsOf = ({ completions }: Watched): ReadonlySet<string> =>
  new Set(completions.map((completion) => completion.text));

/** Sends a failed request again, at once or after a while. */
const again =
  (count: number, delayMs = 0): HttpInterceptorFn =>
  (request, next) =>
    next(request).pipe(retry({ count, delay: () => timer(delayMs) }));

/** The two ways that pieces come by: looked for in the text so far, and sent as they are. */
describe.each([
  ['by partialText', []],
  ['by llmStreamingInterceptor', [llmStreamingInterceptor]],
] as const)('withHttpClient, %s', (_way, last) => {
  expectNothingUncaught();

  it('streams an answer through the interceptors', async () => {
    const { fake, baseUrl } = await serving({ deltas: answer({ text }), frameMs: 20 });
    const events: HttpEvent<unknown>[] = [];
    const auth: HttpInterceptorFn = (request, next) =>
      next(request.clone({ setHeaders: { authorization: 'Bearer from-interceptor' } })).pipe(
        tap((event) => events.push(event)),
      );
    const seen = await watch(clientWith(baseUrl, [auth, ...last]).deltas());

    expect(seen.completions.at(-1)).toMatchObject({ text, ended: true });
    expect(textsOf(seen).size).toBeGreaterThan(3);
    expect(fake.requests).toMatchObject([
      {
        headers: { authorization: 'Bearer from-interceptor', 'content-type': 'application/json' },
        body: { model: 'm', stream: true },
      },
    ]);
    expect(events.length).toBeGreaterThan(5);
  });

  it('puts characters together that the network cut', async () => {
    const { baseUrl } = await serving({ deltas: answer({ text }), writeBytes: 1 });
    const seen = await watch(clientWith(baseUrl, last).deltas());

    expect(seen.completions.at(-1)).toMatchObject({ text, ended: true });
  });

  it('leaves the server when it is left, before the head and after it', async () => {
    const { fake, baseUrl } = await serving(
      { deltas: answer({ text }), headMs: 60_000 },
      { deltas: answer({ text: text.repeat(50) }), frameMs: 20 },
    );
    const llm = clientWith(baseUrl, last);
    const subscription = llm.deltas().subscribe();
    await until(() => fake.requests.length === 1);
    subscription.unsubscribe();
    await until(() => fake.requests[0]?.endedBy === 'client', 'the first abort', 100);
    await lastValueFrom(llm.deltas().pipe(pickDeltas('text'), take(2)));
    await until(() => fake.requests[1]?.endedBy === 'client', 'the second abort', 100);
  });

  it('gives the status, the headers and the text of an error', async () => {
    const { baseUrl } = await serving({
      status: 429,
      headers: { 'retry-after': '7', 'x-request-id': 'r1' },
      error: { message: 'slow down', code: 'rate_limit' },
    });
    const error = await failure(clientWith(baseUrl, last).deltas());

    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status: 429, retryAfterMs: 7000, requestId: 'r1', code: 'rate_limit' });
  });

  it('is retried by the library as any other request', async () => {
    const { fake, baseUrl } = await serving({ status: 503 }, { deltas: answer({ text }) });
    const seen = await watch(clientWith(baseUrl, last, { retry: { firstDelayMs: 1 } }).deltas());

    expect(seen.deltas.map(({ type }) => type)).toContain('retry');
    expect(seen.completions.at(-1)).toMatchObject({ text, ended: true });
    expect(fake.requests).toHaveLength(2);
  });

  it('does not follow redirects', async () => {
    const { baseUrl } = await serving({ status: 307, headers: { location: 'http://elsewhere.test/' } });
    const error = await failure(clientWith(baseUrl, last).deltas());

    expect(error).toMatchObject({ _tag: 'HttpError', status: 307 });
  });

  it('tells a body of the wrong kind', async () => {
    const { baseUrl } = await serving({ bytes: '<html>a proxy</html>', headers: { 'content-type': 'text/html' } });
    const error = await failure(clientWith(baseUrl, last).deltas());

    expect(error).toMatchObject({ _tag: 'ContentTypeError', bodyStart: '<html>a proxy</html>' });
  });

  it('tells a server that is not there', async () => {
    const error = await failure(clientWith(`${await closedOrigin()}/v1`, last).deltas());

    expect(error).toMatchObject({ _tag: 'NetworkError', phase: 'connect', code: 'ECONNREFUSED' });
  });

  it('shows what came before the connection broke', async () => {
    const { baseUrl } = await serving(cutReply('a1', 'one two three four five six'));
    const seen = await watch(clientWith(baseUrl, last).deltas());

    expect(seen.error).toMatchObject({ _tag: 'NetworkError', phase: 'body' });
    expect(seen.completions.at(-1)?.text).toMatch(/^one two three/);
  });

  it('runs tools over several requests', async () => {
    const { fake, baseUrl } = await serving(
      { deltas: answer({ toolCalls: [{ id: 'c1', name: 'now', arguments: '{}' }] }) },
      { deltas: answer({ text: 'It is noon.' }) },
    );
    const now = tool({ name: 'now', description: 'The time', input: t.type({}), run: () => 'noon' });
    const seen = await watch(clientWith(baseUrl, last).runTools({}, [now]));

    expect(seen.completions.at(-1)).toMatchObject({ text: 'It is noon.', ended: true });
    expect(fake.requests).toHaveLength(2);
  });

  describe('with an interceptor that sends the request again', () => {
    it('sees nothing of attempts that failed before they began', async () => {
      const { fake, baseUrl } = await serving({ status: 503 }, { status: 500 }, { deltas: answer({ text }) });
      const seen = await watch(clientWith(baseUrl, [again(2, 20), ...last]).deltas());

      expect(seen.completions.at(-1)).toMatchObject({ text, ended: true });
      expect(startsOf(seen)).toHaveLength(1);
      expect(fake.requests).toHaveLength(3);
    });

    it('begins the answer again after text was shown', async () => {
      const { fake, baseUrl } = await serving(cutReply('a1', 'one two three four five six'), {
        deltas: answer({ id: 'a2', text: 'uno dos tres' }),
      });
      const seen = await watch(clientWith(baseUrl, [again(1), ...last]).deltas());

      expect(seen.error).toBeUndefined();
      expect(textsOf(seen)).toContain('one two');
      expect(startsOf(seen)).toMatchObject([{ id: 'a1' }, { id: 'a2' }]);
      expect(seen.completions.at(-1)).toMatchObject({ id: 'a2', text: 'uno dos tres', ended: true });
      expect(fake.requests).toHaveLength(2);
    });

    it('begins it again as often as that happens, and after waits', async () => {
      const { fake, baseUrl } = await serving(
        cutReply('a1', 'one two three four five six'),
        { status: 503 },
        cutReply('a2', 'uno dos tres cuatro cinco seis'),
        { deltas: answer({ id: 'a3', text: 'eins zwei drei' }) },
      );
      const seen = await watch(clientWith(baseUrl, [again(5, 30), ...last]).deltas());

      expect(seen.error).toBeUndefined();
      expect(startsOf(seen)).toMatchObject([{ id: 'a1' }, { id: 'a2' }, { id: 'a3' }]);
      expect(seen.completions.at(-1)).toMatchObject({ text: 'eins zwei drei', ended: true });
      expect(fake.requests).toHaveLength(4);
    });

    it('ends in the last error when it gives up, with what was shown', async () => {
      const { fake, baseUrl } = await serving(cutReply('a1', 'one two three four five six'), {
        status: 503,
        headers: { 'retry-after': '3' },
      });
      const seen = await watch(clientWith(baseUrl, [again(2), ...last]).deltas());

      expect(seen.error).toMatchObject({ _tag: 'HttpError', status: 503, retryAfterMs: 3000 });
      expect(seen.error).toHaveProperty('partial.text', seen.completions.at(-1)?.text);
      expect(seen.completions.at(-1)?.text).toMatch(/^one two/);
      expect(fake.requests).toHaveLength(3);
    });

    it('leaves the server that answers last', async () => {
      const { fake, baseUrl } = await serving(cutReply('a1', 'one two three four five six'), {
        deltas: answer({ id: 'a2', text: 'uno dos tres' }),
        frameMs: 30,
      });
      let starts = 0;
      const subscription = clientWith(baseUrl, [again(1), ...last])
        .deltas()
        .subscribe(({ type }) => {
          if (type === 'start') starts += 1;
        });
      await until(() => starts === 2);
      subscription.unsubscribe();
      await until(() => fake.requests[1]?.endedBy === 'client', 'the abort', 100);
    });

    it('keeps an answer that was whole, and leaves the server that is asked again', async () => {
      const whole = answer({ id: 'a1', text: 'one two' });
      const frames = whole.slice(0, -1).flatMap(openAiChat.encode());
      const bytes = frames.map((frame) => (frame.kind === 'message' ? `data: ${frame.data}\n\n` : '')).join('');
      const { fake, baseUrl } = await serving(
        { bytes, fault: { kind: 'cut', afterBytes: bytes.length, with: 'rst' } },
        { deltas: answer({ id: 'a2', text: 'uno' }), frameMs: 50 },
      );
      const seen = await watch(clientWith(baseUrl, [again(1), ...last]).deltas());

      expect(seen.completions.at(-1)).toMatchObject({ id: 'a1', text: 'one two', ended: true });
      await until(() => fake.requests[1]?.endedBy === 'client', 'the abort', 200);
    });
  });

  describe('with an interceptor that answers by itself', () => {
    const bytes = answer({ text: 'from a cache' })
      .flatMap(openAiChat.encode())
      .map((frame) => (frame.kind === 'message' ? `data: ${frame.data}\n\n` : ''))
      .join('');

    it('takes a whole response', async () => {
      const cached: HttpInterceptorFn = () => of(new HttpResponse({ status: 200, body: bytes }));
      const seen = await watch(clientWith('http://nowhere.test/v1', [cached, ...last]).deltas());

      expect(seen.completions.at(-1)).toMatchObject({ text: 'from a cache', ended: true });
    });

    it('tells one that gives nothing, and one that throws', async () => {
      const nothing: HttpInterceptorFn = () => EMPTY;
      const throwing: HttpInterceptorFn = () => throwError(() => new Error('nobody is logged in'));

      expect(String(await failure(clientWith('http://nowhere.test/v1', [nothing, ...last]).deltas()))).toContain(
        'HttpClient completed without a response',
      );
      TestBed.resetTestingModule();
      expect(String(await failure(clientWith('http://nowhere.test/v1', [throwing, ...last]).deltas()))).toContain(
        'nobody is logged in',
      );
    });
  });
});

describe('withHttpClient', () => {
  it.each([
    ['shorter', (partial: string) => partial.slice(-100)],
    ['other at its start', (partial: string) => (partial.length > 400 ? `x${partial.slice(1)}` : partial)],
  ])('does not go on with a text that became %s', async (_what, lie) => {
    const { baseUrl } = await serving({ deltas: answer({ text }), frameMs: 15 });
    const lying: HttpInterceptorFn = (request, next) =>
      next(request).pipe(
        map((event) =>
          event.type === HttpEventType.DownloadProgress && event.partialText !== undefined
            ? { ...event, partialText: lie(event.partialText) }
            : event,
        ),
      );
    const seen = await watch(clientWith(baseUrl, [lying]).deltas());

    expect(seen.error).toMatchObject({ _tag: 'NetworkError', phase: 'body' });
    expect(String(seen.error)).toContain('an interceptor');
    expect(text.startsWith(seen.completions.at(-1)?.text ?? '')).toBe(true);
  });

  describe('in a page', () => {
    const globals = globalThis as { location?: unknown };
    beforeEach(() => (globals.location = { href: 'https://page.test/app/' }));
    afterEach(() => delete globals.location);

    it.each([
      ['/api/llm', '/api/llm/chat/completions'],
      ['https://page.test/api/llm', 'https://page.test/api/llm/chat/completions'],
      ['//other.test/llm', 'https://other.test/llm/chat/completions'],
    ])('shows interceptors the address as the config names it: %s', async (baseUrl, url) => {
      const seen: string[] = [];
      const noting: HttpInterceptorFn = (request) => {
        seen.push(request.url);
        return throwError(() => new HttpErrorResponse({ status: 401, url: request.url }));
      };
      const error = await failure(clientWith(baseUrl, [noting]).deltas());

      expect(seen).toEqual([url]);
      expect(error).toMatchObject({ _tag: 'HttpError', url: new URL(url, 'https://page.test').href });
    });
  });

  it('says what is missing', () => {
    const llm = provideLlm({ dialect: openAiChat, baseUrl: 'http://fake.test', body }, withHttpClient());
    const error = thrownBy(() => inTestBed([llm, { provide: HttpClient, useValue: null }], () => injectLlm()));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(String(error)).toContain('provideHttpClient()');
  });

  it('refuses a time that is none', () => {
    expect(() => withHttpClient({ sampleMs: -1 })).toThrow(InvalidOptionError);
  });

  it('cannot be combined with a worker', () => {
    const worker = { kind: 'worker', providers: [] } as const;

    expect(() => provideLlm({ dialect: openAiChat, baseUrl: '/api' }, withHttpClient(), worker)).toThrow(
      InvalidOptionError,
    );
  });
});
