import { randomUUID } from 'node:crypto';

import { lastValueFrom, type Observable, tap } from 'rxjs';
import { accumulateDelta, type Delta } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { fromRelay, type RelayEnding, stopAnswer } from 'rxllm/relay';
import { answer, fakeProvider, type FakeProvider, type RunningProvider } from 'rxllm/testing';

import { type ExampleServer, exampleServer } from '../support/exampleServer.ts';
import { failure, until } from '../support/provider.ts';
import { describeWithRedis } from '../support/redis.ts';

export interface AnswerServerCase {
  /** What node is to run; a port comes behind it. */
  readonly command: readonly string[];
  /** The headers by which somebody shows who he is; another one each time. */
  readonly signIn: (origin: string) => Promise<Readonly<Record<string, string>>>;
  /** Set for the process. */
  readonly env: Readonly<Record<string, string>>;
}

/** Users of a server that wants tokens; each signs in once. */
export const exampleUsers = () => {
  let count = 0;
  return {
    env: { API_TOKENS: Array.from({ length: 20 }, (_, at) => `token-${at}=user-${at}`).join(',') },
    signIn: async () => ({ authorization: `Bearer token-${count++}` }),
  };
};

/** An answer that is being read. */
interface Reading {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly endings: readonly RelayEnding[];
  readonly text: Promise<string>;
}

/** How long a test with a process of its own may take on a busy machine, in milliseconds. */
export const timeoutMs = 60_000;
const apiKey = 'sk-very-secret-0123456789';

const words = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(' ');
const story = words(120);

/** A model that does what the question says. */
const startModel = async (): Promise<FakeProvider & RunningProvider> => {
  const model = fakeProvider({
    apiKey,
    replies: ({ body }) => {
      const { messages } = body as { readonly messages: readonly { readonly content: string }[] };
      const question = messages[0]?.content ?? '';
      if (question === 'fail') return { status: 400, error: { message: `no model for ${apiKey}`, code: 'bad' } };
      return question === 'endless'
        ? { deltas: answer({ text: words(5_000) }), frameMs: 20 }
        : { deltas: answer({ text: story }), frameMs: 5 };
    },
  });
  return { ...model, ...(await model.listen()) };
};

const textOf = async (deltas$: Observable<Delta>): Promise<string> =>
  (await lastValueFrom(deltas$.pipe(accumulateDelta()))).text;

/** The frames of a response, until there are `enough`; then the connection is cut. */
const readFrames = async (
  response: Response,
  enough = Infinity,
): Promise<readonly { readonly id: string; readonly data: string }[]> => {
  const frames: { id: string; data: string }[] = [];
  let rest = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (id !== undefined && data !== undefined) frames.push({ id, data });
    }
    if (frames.length >= enough) return frames.slice(0, enough);
  }
  return frames;
};

const textIn = (frames: readonly { readonly data: string }[]): string =>
  frames.map(({ data }) => (JSON.parse(data) as { text?: string }).text ?? '').join('');

/** What holds for every server of the examples, seen from outside: a process, and HTTP. */
export const answerServerContract = ({ command, signIn, env }: AnswerServerCase): void => {
  let model: FakeProvider & RunningProvider;
  let server: ExampleServer;
  let headers: Readonly<Record<string, string>>;
  const withModel = (): Readonly<Record<string, string>> => ({
    ...env,
    OPENAI_BASE_URL: model.baseUrl(openAiChat),
    OPENAI_API_KEY: apiKey,
  });
  const post = (question: unknown, key: string, more: Readonly<Record<string, string>> = headers): Promise<Response> =>
    fetch(`${server.origin}/answers`, {
      method: 'POST',
      headers: { ...more, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ question }),
    });
  const asked = (): number => model.requests.length;

  /** Starts an answer; resolves once its first words are there. */
  const begin = async (origin: string, question: string, who?: Readonly<Record<string, string>>): Promise<Reading> => {
    const [key, endings] = [randomUUID(), [] as RelayEnding[]];
    const theirs = who ?? (await signIn(origin));
    const onEnding = (ending: RelayEnding): unknown => endings.push(ending);
    const deltas$ = fromRelay(`${origin}/answers`, {
      headers: theirs,
      key,
      body: { question },
      onEnding,
      retry: false,
    });
    let seen = '';
    const text = textOf(deltas$.pipe(tap((delta) => (seen += delta.type === 'text' ? delta.text : ''))));
    await until(() => seen !== '', 'the first words', 20_000);
    return { key, headers: theirs, endings, text };
  };

  beforeAll(async () => {
    model = await startModel();
    server = await exampleServer(command, withModel());
    headers = await signIn(server.origin);
  }, timeoutMs);
  afterAll(() => model.close());

  it(
    'needs no key, no network and no engine, and sends words as they are made',
    async () => {
      const own = await exampleServer(command, env);
      const deltas$ = fromRelay(`${own.origin}/answers`, {
        headers: await signIn(own.origin),
        body: { question: 'What is a stream?' },
      });
      const seenMs: number[] = [];
      const text = await textOf(deltas$.pipe(tap(() => seenMs.push(performance.now()))));

      expect(text).toMatch(/^A stream is an answer .* stops writing, too\.$/);
      // Made in 2 s; had it been held back, all of it would have come at once.
      expect((seenMs.at(-1) ?? 0) - (seenMs[0] ?? 0)).toBeGreaterThan(500);
      expect(own.stderr()).toBe('');
      expect(await own.end()).toBe(0);
    },
    timeoutMs,
  );

  it(
    'sends an answer on from where its reader was cut off, made once',
    async () => {
      const before = asked();
      const seen = await readFrames(await post('story', 'cut-1'), 30);
      const place = seen.at(-1)?.id ?? '';
      const rest = await fetch(`${server.origin}/answers/cut-1`, { headers: { ...headers, 'last-event-id': place } });

      expect(rest.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(textIn([...seen, ...(await readFrames(rest))])).toBe(story);
      expect(asked() - before).toBe(1);
    },
    timeoutMs,
  );

  it(
    'gives a question that is asked again with its key the same answer',
    async () => {
      const before = asked();
      const ask = (): Promise<string> =>
        textOf(fromRelay(`${server.origin}/answers`, { headers, key: 'twice-1', body: { question: 'story' } }));

      expect(await Promise.all([ask(), ask()])).toEqual([story, story]);
      expect(asked() - before).toBe(1);
      expect(await textOf(fromRelay(`${server.origin}/answers/twice-1`, { headers }))).toBe(story);
    },
    timeoutMs,
  );

  it(
    'stops the model when it is told to, and says so to whoever reads',
    async () => {
      const reading = await begin(server.origin, 'endless', headers);

      expect(await stopAnswer(`${server.origin}/answers/${reading.key}`, { headers })).toBe(true);
      expect(words(5_000)).toContain(await reading.text);
      expect(reading.endings).toEqual([{ state: 'stopped', reason: 'stopped' }]);
      await until(() => model.requests.at(-1)?.endedBy === 'client', 'the model seeing the server leave', 10_000);
    },
    timeoutMs,
  );

  it(
    'gives nothing to somebody without credentials, and nothing of his to somebody else',
    async () => {
      const reading = await begin(server.origin, 'story', headers);
      const before = asked();
      const url = `${server.origin}/answers/${reading.key}`;
      const others = await signIn(server.origin);
      const forged = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `${value}x`]));
      const statusesFor = async (who: Readonly<Record<string, string>>): Promise<readonly number[]> =>
        Promise.all([
          fetch(url, { headers: who }).then(({ status }) => status),
          fetch(`${url}/cancel`, { method: 'POST', headers: who }).then(({ status }) => status),
        ]);

      expect((await post('story', 'nobody-1', {})).status).toBe(403);
      expect((await post('story', 'nobody-2', forged)).status).toBe(403);
      expect(await statusesFor({})).toEqual([403, 403]);
      expect(await statusesFor(forged)).toEqual([403, 403]);
      expect(await statusesFor(others)).toEqual([404, 404]);
      expect(asked() - before).toBe(0);
      expect(await reading.text).toBe(story);
    },
    timeoutMs,
  );

  it.each([undefined, 7, '', ' ', 'x'.repeat(10_001)])(
    'asks the model nothing for a request without a question',
    async (question) => {
      const before = asked();
      const response = await post(question, 'bad-1');

      expect([response.status, asked() - before]).toEqual([400, 0]);
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_request_error' } });
    },
    timeoutMs,
  );

  it(
    'tells whoever runs it what went wrong, its clients less, and nobody the key',
    async () => {
      const url = `${server.origin}/answers`;
      const error = await failure(fromRelay(url, { headers, key: 'fail-1', body: { question: 'fail' } }));
      await until(() => server.stderr().includes('\n'), 'a report', 10_000);

      expect(error).toMatchObject({ _tag: 'ApiError' });
      expect(server.stderr()).toMatch(/^HttpError: .*400/);
      expect(server.stdout() + server.stderr() + String(error) + JSON.stringify(error)).not.toContain(apiKey);
    },
    timeoutMs,
  );

  it(
    'finishes the answers under way when it is told to end, and ends well',
    async () => {
      const own = await exampleServer(command, withModel());
      const reading = await begin(own.origin, 'story');
      const code = own.end();

      expect(await reading.text).toBe(story);
      expect(await code).toBe(0);
      await expect(fetch(own.origin)).rejects.toThrow();
      expect(own.stderr()).toBe('');
    },
    timeoutMs,
  );

  it(
    'stops those that take too long then, and says so to whoever reads',
    async () => {
      const own = await exampleServer(command, { ...withModel(), SHUTDOWN_MS: '100' });
      const reading = await begin(own.origin, 'endless');
      const code = own.end();

      expect(words(5_000)).toContain(await reading.text);
      expect(reading.endings).toEqual([{ state: 'stopped', reason: 'the server shuts down' }]);
      expect(await code).toBe(0);
    },
    timeoutMs,
  );

  it(
    'ends at once when it is told twice, and its readers know that there is more',
    async () => {
      const own = await exampleServer(command, withModel());
      const reading = await begin(own.origin, 'endless');
      const failed = expect(reading.text).rejects.toMatchObject({ isRetryable: true });
      const code = own.end();
      const isOpen = async (): Promise<boolean> =>
        fetch(own.origin).then(
          () => true,
          () => false,
        );
      while (await isOpen()) await new Promise((resolve) => setTimeout(resolve, 10));
      void own.end();

      expect(await code).toBe('SIGTERM');
      await failed;
    },
    timeoutMs,
  );

  describeWithRedis('with Redis', (redis) => {
    it(
      'gives every server every answer, to read and to stop',
      async () => {
        const shared = { ...withModel(), REDIS_URL: redis().url, SESSION_SECRET: 'the same' };
        const [first, second] = await Promise.all([exampleServer(command, shared), exampleServer(command, shared)]);
        const reading = await begin(first.origin, 'story');
        const follow = (origin: string): Observable<Delta> =>
          fromRelay(`${origin}/answers/${reading.key}`, { headers: reading.headers });

        expect(await Promise.all([textOf(follow(second.origin)), reading.text])).toEqual([story, story]);

        const other = await begin(first.origin, 'endless', reading.headers);

        expect(await stopAnswer(`${second.origin}/answers/${other.key}`, other)).toBe(true);
        await other.text;
        expect(other.endings).toEqual([{ state: 'stopped', reason: 'stopped' }]);
        expect(await Promise.all([first.end(), second.end()])).toEqual([0, 0]);
        expect(first.stderr() + second.stderr()).toBe('');
      },
      timeoutMs,
    );
  });
};
