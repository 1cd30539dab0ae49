import { jest } from '@jest/globals';
import fc from 'fast-check';
import { lastValueFrom, take, toArray } from 'rxjs';
import { fromHttp, isStreamError, streamCompletion, type StreamError } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { openAiResponses } from 'rxllm/openai-responses';
import { answer, fromRecording, recordFrames, replayFrames, type Reply } from 'rxllm/testing';

import { closedOrigin, ending, expectNothingUncaught, provider, until } from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

const deltas = answer({ text: ['To ', 'be, ', '漢字 ', '🙂'], usage: { inputTokens: 1, outputTokens: 4 } });
const body = { model: 'm', messages: [] };
const apiKey = 'sk-0123456789abcdef';

type Fetch = typeof globalThis.fetch;

/** What a stream of completions came to, as far as two runs of it can be compared. */
const outcome = async (
  fetch: Fetch,
  baseUrl: string,
  options: Partial<Parameters<typeof streamCompletion>[1]> = {},
) => {
  const request = { baseUrl, fetch, apiKey, body, retry: { firstDelayMs: 1 }, ...options };
  const { values, error } = await ending(streamCompletion(openAiChat, request as never));
  const { _tag, message, partial } = (error ?? {}) as Partial<StreamError>;
  return { text: values.at(-1)?.text, ended: values.at(-1)?.ended, _tag, message, partial: partial?.text };
};

const line = (fields: object): string => JSON.stringify(fields);
const header = line({ rxllm: 'recording', version: 1 });
const url = 'http://fake.test/v1/chat/completions';
const request = (id = 1, to = url): string => line({ id, type: 'request', method: 'POST', url: to });
const head = (id = 1, fields: object = {}): string =>
  line({ id, type: 'head', afterMs: 0, status: 200, headers: {}, ...fields });
const text = (said: string, afterMs = 0, id = 1): string => line({ id, type: 'bytes', afterMs, text: said });
const complete = (id = 1): string => line({ id, type: 'end', afterMs: 0, how: 'complete' });
const left = (afterMs = 0, id = 1): string => line({ id, type: 'end', afterMs, how: 'left' });

const post = { method: 'POST' };

/** Slices of what a server sends, cut at some of the places. */
const cutAt = (whole: Uint8Array, borders: readonly number[]): readonly Uint8Array[] => {
  const sorted = borders.filter((border) => border < whole.length).sort((a, b) => a - b);
  return [...sorted, whole.length].map((to, place) => whole.slice(sorted[place - 1] ?? 0, to));
};

/** What a recorder writes of a response whose reads are those slices. */
const recordingOf = async (slices: readonly Uint8Array[]): Promise<readonly string[]> => {
  const stream = new ReadableStream({
    start(controller) {
      for (const slice of slices) controller.enqueue(slice);
      controller.close();
    },
  });
  const lines: string[] = [];
  const fetch = recordFrames((line) => lines.push(line), { fetch: () => Promise.resolve(new Response(stream)) });
  const response = await fetch(url, { ...post, headers: { authorization: `Bearer ${apiKey}` } });
  await response.arrayBuffer();
  return lines;
};

describe('what was recorded and is replayed', () => {
  const cases: [string, Reply[], object?][] = [
    ['a whole answer', [{ deltas }]],
    ['a whole answer, byte by byte', [{ deltas, writeBytes: 1 }]],
    ['lines that end in CR', [{ deltas, lineEnd: '\r' }]],
    ['a clean end without a terminal', [{ deltas, fault: { kind: 'cut', afterBytes: 700, with: 'fin' } }]],
    ['a reset', [{ deltas, fault: { kind: 'cut', afterBytes: 700, with: 'rst' } }]],
    ['a reset before the first byte', [{ deltas, fault: { kind: 'cut', afterBytes: 0, with: 'rst' } }]],
    [
      'a chunked body without its end',
      [{ deltas, transfer: 'chunked', fault: { kind: 'cut', afterBytes: 700, with: 'fin' } }],
    ],
    ['an error in the stream', [{ deltas, error: { message: 'too many', code: 'overloaded_error' } }]],
    ['a status that is an error', [{ status: 400, error: { message: 'no such model', code: 'model_not_found' } }]],
    ['a redirect', [{ status: 307, headers: { location: 'https://elsewhere.example/?key=secret' }, bytes: '' }]],
    ['a page in place of a stream', [{ bytes: '<html>', headers: { 'content-type': 'text/html' } }]],
    ['a key that is sent back', [{ status: 401, bytes: `{"error":{"message":"wrong key: ${apiKey}"}}` }]],
    ['a retry that helps', [{ status: 503 }, { deltas }]],
    ['retries that do not help', [{ status: 503, headers: { 'retry-after-ms': '2' } }]],
    [
      'a stall',
      [{ deltas, fault: { kind: 'stall', afterBytes: 700 } }],
      { timeouts: { idleMs: 60 }, retry: { maxRetries: 0 } },
    ],
    [
      'heartbeats without end',
      [{ deltas, fault: { kind: 'heartbeats', afterBytes: 700, everyMs: 10 } }],
      { timeouts: { stalledMs: 60 }, retry: { maxRetries: 0 } },
    ],
  ];

  // A row that is too short would be taken for a test with a callback.
  it.each(cases.map(([what, replies, options = {}]) => ({ what, replies, options })))(
    'comes out the same: $what',
    async ({ replies, options }) => {
      const { baseUrl } = await provider({ replies });
      const lines: string[] = [];
      const at = baseUrl(openAiChat);
      const live = await outcome(
        recordFrames((line) => lines.push(line)),
        at,
        options,
      );
      const replayed = await outcome(replayFrames(lines), at, options);

      expect(live.text ?? live._tag).toBeDefined();
      // What a stream looked like at its very end depends on how it was cut; a live server's key is masked by its own reader.
      expect({ ...replayed, message: undefined }).toEqual({ ...live, message: undefined });
      expect(replayed.message).toBe(live.message?.replace('[redacted]', '*'.repeat(apiKey.length)));
      expect(lines.join('')).not.toContain(apiKey);
    },
  );

  it('is a server that nothing listens at, with its code and its words', async () => {
    const origin = await closedOrigin();
    const lines: string[] = [];
    const options = { retry: { maxRetries: 0 } };
    const live = await outcome(
      recordFrames((line) => lines.push(line)),
      origin,
      options,
    );

    expect(live._tag).toBe('NetworkError');
    expect(await outcome(replayFrames(lines), origin, options)).toEqual(live);
  });

  it('is NDJSON, too', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas, writeBytes: 3 }] });
    const lines: string[] = [];
    const ask = (fetch: Fetch) =>
      lastValueFrom(streamCompletion(ollama, { baseUrl: baseUrl(ollama), fetch, body: { model: 'm', messages: [] } }));
    const live = await ask(recordFrames((line) => lines.push(line)));

    expect((await ask(replayFrames(lines))).text).toBe(live.text);
  });

  it('can be recorded again, and is the same recording', async () => {
    const recording = [
      header,
      request(),
      head(1, { afterMs: 30 }),
      text('data: 1\n\n', 20),
      line({ id: 1, type: 'bytes', afterMs: 0, base64: '5g==' }),
      line({ id: 1, type: 'end', afterMs: 0, how: 'failed', name: 'TypeError', message: 'reset', code: 'ECONNRESET' }),
    ];
    const lines: string[] = [];
    const again = recordFrames((line) => lines.push(line), { fetch: replayFrames(recording) });
    const response = await again(url, post);
    await expect(response.text()).rejects.toMatchObject({ code: 'ECONNRESET' });
    const timeless = (written: readonly string[]) =>
      written.map((line) => ({ ...JSON.parse(line), afterMs: expect.anything() }));

    expect(lines.map((line) => ({ afterMs: 0, ...JSON.parse(line) }))).toEqual(timeless(recording));
  });

  it('has the bytes of the network, wherever they were cut', async () => {
    const slices = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.string({ unit: 'grapheme', maxLength: 40 }).map((said) => new TextEncoder().encode(said)),
      ),
      { maxLength: 12 },
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(slices, cuts, async (pieces, borders) => {
        const sent = cutAt(Buffer.concat(pieces), borders);
        const lines = await recordingOf(sent);
        const replayed = await replayFrames(lines.join(''), { speed: Infinity })(url, post);
        const reads: Uint8Array[] = [];
        const reader = replayed.body?.getReader();
        for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) reads.push(read.value);

        expect(reads.map((read) => [...read])).toEqual(sent.map((slice) => [...slice]));
      }),
    );
  });

  it('hides a key however it was cut, and nothing else', async () => {
    const said = fc.array(fc.constantFrom(apiKey, apiKey.slice(0, 7), apiKey.slice(5), 's', 'sk-', '漢'), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(said, fc.array(fc.nat(120), { maxLength: 8 }), async (words, borders) => {
        const sent = cutAt(Buffer.from(words.join('')), borders);
        const lines = await recordingOf(sent);
        const replayed = await (await replayFrames(lines, { speed: Infinity })(url, post)).text();

        expect(replayed).toBe(words.join('').replaceAll(apiKey, '*'.repeat(apiKey.length)));
      }),
    );
  });
});

describe('replayFrames', () => {
  it.each([
    [1, 120, 1_000],
    [10, 12, 110],
    [Infinity, 0, 60],
  ])('at speed %d takes its time', async (speed, leastMs, mostMs) => {
    const recording = [header, request(), head(1, { afterMs: 40 }), text('a', 40), text('b', 40), complete()];
    const tookMs: number[] = [];
    // A busy machine may be slow now and then.
    for (let round = 0; round < 5 && !tookMs.some((ms) => ms < mostMs); round += 1) {
      const fetch = replayFrames(recording, { speed });
      const startMs = performance.now();
      expect(await (await fetch(url, post)).text()).toBe('ab');
      tookMs.push(performance.now() - startMs);
    }

    expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(leastMs - 2);
    expect(Math.min(...tookMs)).toBeLessThan(mostMs);
  });

  it('answers each request with the next response of its address', async () => {
    const other = 'http://fake.test/v1/models';
    const recording = [
      header,
      ...[request(1), head(1), text('first', 0, 1), complete(1)],
      ...[request(2, other), head(2), text('other', 0, 2), complete(2)],
      ...[request(3), head(3), text('second', 0, 3), complete(3)],
    ];
    const fetch = replayFrames(recording);
    const ask = async (to: RequestInfo | URL) => (await fetch(to, post)).text();

    expect(await ask(`${other}?page=1#x`)).toBe('other');
    expect(await ask(new URL(url))).toBe('first');
    expect(await ask(new Request(url, post))).toBe('second');
  });

  it('keeps the responses of requests at a time apart, though their lines are mixed', async () => {
    const recording = [
      header,
      request(1),
      request(2),
      head(2),
      head(1),
      text('b', 1, 2),
      text('a', 9, 1),
      complete(1),
      complete(2),
    ];
    const fetch = replayFrames(recording);
    const both = await Promise.all([fetch(url, post), fetch(url, post)]);

    expect(await Promise.all(both.map((response) => response.text()))).toEqual(['a', 'b']);
  });

  it('says what it holds to whoever asks for more', async () => {
    const fetch = replayFrames([header, request(), head(), complete()]);
    await fetch(url, post);
    const error = await ending(fromHttp(openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body }))).then(
      ({ error }) => error as Error,
    );

    expect(error).toMatchObject({ _tag: 'HttpError', status: 404, code: 'not_recorded', isRetryable: false });
    expect(error.message).toContain(`the recording holds POST ${url} once, and all of that was played`);
    expect(await (await fetch(url)).text()).toContain(`the recording does not hold GET ${url}; it holds POST ${url}`);
    expect(await (await replayFrames('')(url)).text()).toContain('it holds nothing');
  });

  it('does not count a request that was aborted before it was made', async () => {
    const fetch = replayFrames([header, request(), head(), text('a'), complete()]);
    const init = { ...post, signal: AbortSignal.abort(new Error('mine')) };

    await expect(fetch(url, init)).rejects.toThrow('mine');
    expect(await (await fetch(url, post)).text()).toBe('a');
  });

  it('is stopped by the signal, before the head and after it', async () => {
    const fetch = replayFrames([
      ...[header, request(), head(1, { afterMs: 10_000 }), complete()],
      ...[request(2), head(2), text('a', 0, 2), text('b', 10_000, 2), complete(2)],
    ]);
    const abort = [new AbortController(), new AbortController()] as const;
    const early = fetch(url, { ...post, signal: abort[0].signal });
    abort[0].abort(new Error('early'));
    const response = await fetch(url, { ...post, signal: abort[1].signal });
    const reader = response.body?.getReader();
    await reader?.read();
    abort[1].abort(new Error('late'));

    await expect(early).rejects.toThrow('early');
    await expect(reader?.read()).rejects.toThrow('late');
  });

  it('gives all bytes before it breaks off, to a reader that comes late, too', async () => {
    const end = line({ id: 1, type: 'end', afterMs: 0, how: 'failed', name: 'TypeError', message: 'gone' });
    const reader = (
      await replayFrames([header, request(), head(), text('a'), text('b'), end], { speed: Infinity })(url, post)
    ).body?.getReader();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('a');
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('b');
    await expect(reader?.read()).rejects.toThrow(new TypeError('gone'));
  });

  describe('where its client left', () => {
    const play = async (said: string) =>
      (await replayFrames([header, request(), head(), text(said), left()], { speed: Infinity })(url, post)).text();
    const dialects = [openAiChat, anthropicMessages, openAiResponses, ollama];

    it.each(dialects)('ends an answer of $name that is whole', async (dialect) => {
      const { baseUrl } = await provider({ replies: [{ deltas }, { deltas, lineEnd: '\r\n' }] });
      const asked = { model: 'm', max_tokens: 9, messages: [], input: '' } as never;
      for (let count = 0; count < 2; count += 1) {
        const options = { baseUrl: baseUrl(dialect), body: asked };
        const bytes = await lastValueFrom(fromHttp(dialect.request(options)).pipe(toArray()));
        const said = Buffer.concat(bytes).toString();

        expect(await play(said)).toBe(said);
      }
    });

    it.each(dialects)('breaks an answer of $name off that is not, whatever it is about', async (dialect) => {
      const quoting = answer({
        text: ['data: [DONE]\n\nevent: message_stop\n', '{"done":true}\n', 'event: response.completed', 'on'],
      });
      const { baseUrl } = await provider({ replies: [{ deltas: quoting }] });
      const asked = { model: 'm', max_tokens: 9, messages: [], input: '' } as never;
      const bytes = await lastValueFrom(
        fromHttp(dialect.request({ baseUrl: baseUrl(dialect), body: asked })).pipe(toArray()),
      );
      const said = Buffer.concat(bytes).toString();
      const last = said.indexOf('"on"');
      expect(last).toBeGreaterThan(0);

      await expect(play(said.slice(0, last))).rejects.toMatchObject({
        name: 'AbortError',
        message: expect.stringContaining('client left'),
      });
    });
  });

  it('breaks off where a recorder was stopped', async () => {
    const play = (...lines: string[]) => replayFrames([header, request(), ...lines], { speed: Infinity })(url, post);

    await expect(play()).rejects.toThrow('the recording ends here');
    await expect((await play(head(), text('a'))).text()).rejects.toThrow('the recording ends here');
  });

  it.each([204, 205, 304, 0])('plays status %d, which has no body', async (status) => {
    const response = await replayFrames([header, request(), head(1, { status }), complete()])(url, post);

    expect([response.status, response.ok, response.body]).toEqual([status, status === 204 || status === 205, null]);
  });

  it('keeps the time of fake timers', async () => {
    jest.useFakeTimers();
    try {
      const fetch = replayFrames([header, request(), head(1, { afterMs: 60_000 }), text('a', 3_600_000), complete()]);
      const seen: string[] = [];
      void fetch(url, post).then(async (response) => {
        seen.push('head');
        seen.push(await response.text());
      });
      await jest.advanceTimersByTimeAsync(59_999);
      expect(seen).toEqual([]);
      await jest.advanceTimersByTimeAsync(1);
      expect(seen).toEqual(['head']);
      await jest.advanceTimersByTimeAsync(3_600_000);
      expect(seen).toEqual(['head', 'a']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('leaves no timer behind when it is left', async () => {
    jest.useFakeTimers();
    try {
      const response = await replayFrames([header, request(), head(), text('a', 500), complete()])(url, post);
      expect(jest.getTimerCount()).toBe(1);
      await response.body?.cancel();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('stops at the client that leaves in the middle', async () => {
    const many = Array.from({ length: 50 }, (_, at) => text(`data: ${at}\n\n`, 1));
    const fetch = replayFrames([header, request(), head(), ...many, complete()]);
    const got = await lastValueFrom(
      fromHttp(openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body })).pipe(take(3), toArray()),
    );

    expect(Buffer.concat(got).toString()).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n');
  });

  it.each([0, -1, NaN, '2' as never])('refuses %p as a speed', (speed) => {
    for (const play of [replayFrames, fromRecording]) {
      expect(thrownBy(() => play(header, { speed }))).toMatchObject({ _tag: 'InvalidOptionError', option: 'speed' });
    }
  });
});

describe('a recording that is read', () => {
  const flawOf = (...lines: readonly string[]): string =>
    (thrownBy(() => replayFrames(lines.join('\n') + '\n')) as Error)?.message;
  const at = (number: number, flaw: string): string => `recording cannot be played: line ${number} ${flaw}`;

  it('may have blank lines, CRLF and lines with or without their ends, and be one after another', async () => {
    const once = [header, request(), head(), text('a'), complete()];
    const forms = [
      once,
      once.join('\n'),
      once.map((line) => `${line}\n`),
      new Set(once),
      `\n${once.join('\r\n')}\r\n\r\n`,
      once.join('\n') + '\n' + once.join('\n'),
    ];
    for (const form of forms) expect(await (await replayFrames(form)(url, post)).text()).toBe('a');

    const twice = replayFrames(forms.at(-1) as string);
    await twice(url, post);
    expect(await (await twice(url, post)).text()).toBe('a');
  });

  it('is the text of a file, not its path', () => {
    for (const path of ['bug.ndjson', './recordings/bug.ndjson'])
      expect((thrownBy(() => replayFrames(path)) as Error).message).toBe(
        at(1, 'is no JSON object; is this the path of a file, and not its text?'),
      );
  });

  it('may have been cut at any byte', async () => {
    const whole = Buffer.from([header, request(), head(), text('漢字'), text('b'), complete()].join('\n') + '\n');
    for (let length = 0; length <= whole.length; length += 1) {
      expect(() => replayFrames(whole.subarray(0, length).toString())).not.toThrow();
    }
  });

  it('is refused with the number of the line that makes no sense', () => {
    const start = [header, request(), head()];

    expect(flawOf('nothing')).toBe(at(1, 'is no JSON object; is this the path of a file, and not its text?'));
    expect(flawOf(header, '[]')).toBe(at(2, 'is no JSON object'));
    expect(flawOf(request())).toContain('is no {"rxllm":"recording","version":1}');
    expect(flawOf(line({ rxllm: 'recording', version: 2 }))).toBe(at(1, 'has a version that is not known here'));
    expect(flawOf(header, '{}')).toBe(at(2, 'needs an id, a whole number'));
    expect(flawOf(header, line({ id: 1, type: 'request', method: 'GET' }))).toBe(at(2, 'needs a method and a url'));
    expect(flawOf(header, request(), request())).toBe(at(3, 'makes request 1, which was made before'));
    expect(flawOf(header, head())).toBe(at(2, 'is about request 1, which no line before it makes'));
    expect(flawOf(header, request(), head(1, { status: 101 }))).toBe(at(3, 'needs a status from 200 to 599'));
    expect(flawOf(header, request(), head(1, { headers: { a: 1 } }))).toBe(at(3, 'needs headers that are text'));
    expect(flawOf(...start, text('a', -1))).toBe(at(4, 'needs an afterMs of 0 or more milliseconds'));
    expect(flawOf(...start, line({ id: 1, type: 'bytes', afterMs: 0, base64: '*' }))).toBe(
      at(4, 'needs a text, or base64'),
    );
    expect(flawOf(...start, line({ id: 1, type: 'bytes', afterMs: 0 }))).toBe(at(4, 'needs a text, or base64'));
    expect(flawOf(...start, line({ id: 1, type: 'end', afterMs: 0, how: 'ok' }))).toContain(`line 4 needs a how`);
    expect(flawOf(...start, line({ id: 1, type: 'end', afterMs: 0, how: 'failed' }))).toBe(
      at(4, 'needs name and message'),
    );
    expect(flawOf(...start, line({ id: 1, type: 'byte', afterMs: 0 }))).toBe(at(4, `has the unknown type 'byte'`));
    for (const lines of [
      [header, request(), text('a')],
      [header, request(), complete()],
      [...start, head()],
      [...start, complete(), text('a')],
    ]) {
      expect(flawOf(...lines)).toContain(`line ${lines.length} is out of place`);
    }
  });
});

describe('a recorder under a client that leaves', () => {
  it('plays what that client had, and leaves the rest open for as long', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas, frameMs: 15 }] });
    const lines: string[] = [];
    const ask = (fetch: Fetch) => fromHttp(openAiChat.request({ baseUrl: baseUrl(openAiChat), fetch, body }));
    const had = await lastValueFrom(ask(recordFrames((line) => lines.push(line))).pipe(take(2), toArray()));
    await until(() => lines.at(-1)?.includes('"left"') === true);
    const { values, error } = await ending(ask(replayFrames(lines, { speed: 100 })));

    expect(Buffer.concat(values)).toEqual(Buffer.concat(had));
    expect(isStreamError(error) && error._tag).toBe('NetworkError');
    expect((error as Error).message).toContain('the recording ends here: its client left');
  });
});
