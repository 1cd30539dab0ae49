import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lastValueFrom, take, tap, toArray } from 'rxjs';
import { fromHttp, streamCompletion } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { gemini } from 'rxllm/gemini';
import { openAiChat } from 'rxllm/openai';
import { answer, recordFrames, recordingFile, type Reply } from 'rxllm/testing';

import {
  closedOrigin,
  ending,
  expectNothingUncaught,
  failure,
  httpServer,
  provider,
  until,
} from '../support/provider.ts';
import { thrownBy } from '../support/record.ts';

expectNothingUncaught();

const apiKey = 'sk-proj-0123456789abcdef';
const deltas = answer({ text: ['To ', 'be, ', 'or ', 'not'], usage: { inputTokens: 1, outputTokens: 4 } });

interface Line {
  readonly type: string;
  // JSON that was read back; a wrong guess fails the test.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

/** A recorder whose lines are read back. */
const tape = (options?: Parameters<typeof recordFrames>[1]) => {
  const lines: string[] = [];
  return {
    fetch: recordFrames((line) => lines.push(line), options),
    lines,
    text: () => lines.join(''),
    read: (type?: string): readonly Line[] =>
      lines.map((line) => JSON.parse(line) as Line).filter((line) => type === undefined || line.type === type),
  };
};

const request = (baseUrl: string, fetch: typeof globalThis.fetch) =>
  openAiChat.request({
    baseUrl,
    fetch,
    apiKey,
    body: { model: 'm', messages: [{ role: 'user', content: 'My prompt' }] },
  });

const recordReply = async (reply: Reply, options?: Parameters<typeof recordFrames>[1]) => {
  const { baseUrl } = await provider({ replies: [reply] });
  const recorder = tape(options);
  const { values, error } = await ending(fromHttp(request(baseUrl(openAiChat), recorder.fetch)));
  return { ...recorder, bytes: Buffer.concat(values), reads: values, error };
};

describe('recordFrames', () => {
  it('begins with a header, then tells of the request, the head, the bytes and the end', async () => {
    const { read, lines } = await recordReply({ bytes: 'data: 1\n\n', headers: { 'x-request-id': 'req_1' } });

    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(read()).toEqual([
      { rxllm: 'recording', version: 1 },
      {
        id: 1,
        type: 'request',
        method: 'POST',
        url: expect.stringMatching(/^http:\/\/127.0.0.1:\d+\/v1\/chat\/completions$/),
      },
      {
        id: 1,
        type: 'head',
        afterMs: expect.any(Number),
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' },
      },
      { id: 1, type: 'bytes', afterMs: expect.any(Number), text: 'data: 1\n\n' },
      { id: 1, type: 'end', afterMs: expect.any(Number), how: 'complete' },
    ]);
  });

  it('writes a line per read of the network, and hands on what was read', async () => {
    const { read, reads } = await recordReply({ deltas, frameMs: 8 });

    expect(reads.length).toBeGreaterThan(2);
    expect(read('bytes').map(({ text }) => text)).toEqual(reads.map((bytes) => Buffer.from(bytes).toString()));
  });

  it('tells how long each took after the one before', async () => {
    const { read } = await recordReply({ deltas, headMs: 60, firstFrameMs: 40, frameMs: 10 });
    const bytes = read('bytes');
    const sumMs = bytes.reduce((sum, { afterMs }) => sum + afterMs, 0);

    // Timers and the clock may be a millisecond off, each; a late head leaves the first frame less.
    const headMs = read('head')[0]?.['afterMs'] as number;
    expect(headMs).toBeGreaterThanOrEqual(55);
    expect(headMs + bytes[0]?.['afterMs']).toBeGreaterThanOrEqual(95);
    expect(headMs + sumMs).toBeGreaterThanOrEqual(95 + (bytes.length - 1) * 8);
    expect(sumMs).toBeLessThan(5_000);
  });

  it('writes characters as they are, and a cut one in base64', async () => {
    const { read, bytes } = await recordReply({ bytes: 'data: 漢字 🙂\u2028\0\n\n', frameMs: 5 });
    const cut = await recordReply({ bytes: '漢', fault: { kind: 'cut', afterBytes: 2, with: 'fin' } });

    expect(bytes.toString()).toBe('data: 漢字 🙂\u2028\0\n\n');
    expect(read('bytes')).toEqual([expect.objectContaining({ text: 'data: 漢字 🙂\u2028\0\n\n' })]);
    expect(cut.read('bytes')).toEqual([expect.objectContaining({ base64: '5ryi'.slice(0, 2) + 'w=' })]);
    expect(cut.read('bytes')[0]).not.toHaveProperty('text');
  });

  it('keeps a byte order mark and bytes that are no text', async () => {
    const marked = await recordReply({ bytes: new Uint8Array([0xef, 0xbb, 0xbf, 0x41]) });
    const odd = await recordReply({ bytes: new Uint8Array([0xff, 0x00, 0x80]) });

    expect(marked.read('bytes')[0]?.['text']).toBe('\ufeffA');
    expect(odd.read('bytes')[0]?.['base64']).toBe('/wCA');
  });

  it.each([
    ['the end of a body', { deltas }, { how: 'complete' }],
    [
      'a clean end without a terminal',
      { deltas, fault: { kind: 'cut', afterBytes: 99, with: 'fin' } },
      { how: 'complete' },
    ],
    [
      'a reset',
      { deltas, fault: { kind: 'cut', afterBytes: 99, with: 'rst' } },
      { how: 'failed', name: 'TypeError', code: 'ECONNRESET', message: 'read ECONNRESET' },
    ],
    [
      'a chunked body without its end',
      { deltas, fault: { kind: 'cut', afterBytes: 99, with: 'fin' }, transfer: 'chunked' },
      { how: 'failed', name: 'TypeError', code: 'UND_ERR_SOCKET', message: 'other side closed' },
    ],
  ] satisfies [string, Reply, object][])('notes %s', async (_what, reply, end) => {
    const { read } = await recordReply(reply);

    expect(read('end')).toEqual([{ id: 1, type: 'end', afterMs: expect.any(Number), ...end }]);
  });

  it('notes that nothing listens', async () => {
    const { fetch, read } = tape();
    await failure(fromHttp(request(await closedOrigin(), fetch)));

    expect(read().map(({ type }) => type)).toEqual([undefined, 'request', 'end']);
    expect(read('end')[0]).toMatchObject({ how: 'failed', name: 'TypeError', code: 'ECONNREFUSED' });
  });

  it('notes that the client left in the middle, and closes the connection', async () => {
    const { baseUrl, openSockets } = await provider({ replies: [{ deltas, frameMs: 20 }] });
    const { fetch, read } = tape();
    await lastValueFrom(fromHttp(request(baseUrl(openAiChat), fetch)).pipe(take(2)));

    await until(() => openSockets() === 0);
    expect(read('end')).toEqual([expect.objectContaining({ how: 'left' })]);
    expect(read().at(-1)?.type).toBe('end');
    expect(read('bytes')).toHaveLength(2);
  });

  it.each(['stall', 'heartbeats'] as const)('notes that a clock of the client ended a %s', async (kind) => {
    const { baseUrl } = await provider({
      replies: [{ deltas, fault: { kind, afterBytes: 400, everyMs: 15 } }],
    });
    const { fetch, read } = tape();
    const error = await failure(
      streamCompletion(openAiChat, {
        baseUrl: baseUrl(openAiChat),
        fetch,
        timeouts: { idleMs: 80, stalledMs: 120 },
        retry: { maxRetries: 0 },
        body: { model: 'm', messages: [] },
      }),
    );

    expect(error).toMatchObject({ _tag: 'StreamTimeoutError' });
    await until(() => read('end').length === 1);
    expect(read('end')[0]).toMatchObject({ how: 'left' });
  });

  it('notes a signal that aborts before the head, and one while nobody reads', async () => {
    const { origin, requests } = await provider({
      replies: [
        { deltas, headMs: 10_000 },
        { deltas, frameMs: 10_000 },
      ],
    });
    const { fetch, read } = tape();
    const abort = new AbortController();
    const init = { method: 'POST', body: '{"stream":true}', signal: abort.signal };
    const early = fetch(`${origin}/v1/chat/completions`, init).catch((error: unknown) => error);
    await until(() => requests.length === 1);
    abort.abort();

    expect(await early).toMatchObject({ name: 'AbortError' });
    expect(read('end')).toEqual([expect.objectContaining({ id: 1, how: 'left' })]);

    const later = new AbortController();
    const response = await fetch(`${origin}/v1/chat/completions`, { ...init, signal: later.signal });
    later.abort();
    expect(read('end')).toEqual([expect.anything(), expect.objectContaining({ id: 2, how: 'left' })]);
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
    expect(read('end')).toHaveLength(2);
  });

  it('forgets a signal once the response has ended, and heeds one that its fetch does not', async () => {
    const abort = new AbortController();
    let answer = (_: Response): void => undefined;
    const { fetch, read } = tape({ fetch: () => new Promise((resolve) => (answer = resolve)) });
    const ask = () => fetch('http://fake.test/', { signal: abort.signal }).then((response) => response.text());
    const first = ask();
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
    answer(new Response('whole'));
    expect(await first).toBe('whole');
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);

    const second = ask();
    abort.abort();
    answer(new Response('late'));
    expect(await second).toBe('late');
    expect(read().filter(({ id }) => id === 2)).toEqual([
      expect.objectContaining({ type: 'request' }),
      expect.objectContaining({ type: 'end', how: 'left' }),
    ]);
  });

  it('tells two requests at a time apart', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas, frameMs: 5 }] });
    const { fetch, read } = tape();
    const both = [1, 2].map(() => lastValueFrom(fromHttp(request(baseUrl(openAiChat), fetch)).pipe(toArray())));
    const [first = [], second = []] = await Promise.all(both);

    const textOf = (id: number): string =>
      read('bytes')
        .filter((line) => line['id'] === id)
        .map(({ text }) => text as string)
        .join('');
    expect(textOf(1)).toBe(Buffer.concat(first).toString());
    expect(textOf(2)).toBe(Buffer.concat(second).toString());
    expect(
      read('end')
        .map(({ id }) => id as number)
        .sort(),
    ).toEqual([1, 2]);
  });

  it('is a fetch: the response keeps its status, headers and address', async () => {
    const { origin } = await httpServer((_, response) => response.writeHead(418, { 'x-other': 'y' }).end('short'));
    const response = await tape().fetch(new Request(`${origin}/a?b=c`));

    expect([response.status, response.statusText, response.url]).toEqual([418, "I'm a Teapot", `${origin}/a?b=c`]);
    expect(response.headers.get('x-other')).toBe('y');
    expect(await response.text()).toBe('short');
  });

  it('writes down a response without a body', async () => {
    const { origin } = await httpServer((_, response) => response.writeHead(204).end());
    const { fetch, read } = tape();
    await fetch(origin);

    expect(read().map(({ type }) => type)).toEqual([undefined, 'request', 'head', 'end']);
  });

  it('reads no faster than it is read', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          sent += 1;
          controller.enqueue(new Uint8Array(10));
        },
      },
      { highWaterMark: 0 },
    );
    const { fetch } = tape({ fetch: () => Promise.resolve(new Response(endless)) });
    const reader = (await fetch('http://fake.test/')).body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(sent).toBe(1);
    await reader?.cancel();
  });
});

describe('a recording and its secrets', () => {
  it.each([openAiChat, anthropicMessages, gemini])('holds no key of $name, and no prompt', async (dialect) => {
    const { baseUrl } = await provider({ replies: [{ deltas }] });
    const { fetch, text } = tape();
    const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'My prompt' }], contents: [] };
    await ending(
      streamCompletion(dialect as typeof openAiChat, { baseUrl: baseUrl(dialect), fetch, apiKey, body: body }),
    );

    // A client that knows the answer to be whole leaves.
    expect(text()).toMatch(/"how":"(complete|left)"/);
    expect(text()).toContain('be, ');
    expect(text()).not.toContain(apiKey);
    expect(text()).not.toContain('My prompt');
  });

  it('has nothing of the query, the request’s headers or cookies', async () => {
    const { origin } = await httpServer((_, response) =>
      response
        .writeHead(302, {
          'set-cookie': 'session=c00kie-c00kie',
          'x-account': 'acme',
          location: '/login?key=in-the-query',
        })
        .end(),
    );
    const { fetch, text, read } = tape();
    const init = { headers: { 'x-mine': 'my-header' }, redirect: 'manual' } as const;
    await fetch(`${origin}/v1?key=in-the-query#fragment`, init);

    expect(read('request')[0]?.['url']).toBe(`${origin}/v1`);
    expect(read('head')[0]).toMatchObject({ status: 302, headers: { location: '/login' } });
    expect(text()).not.toMatch(/in-the-query|my-header|c00kie|acme|fragment/);
  });

  it.each([1, 2, 5, 1_000])(
    'has asterisks for a key that the server repeats, %d bytes at a time',
    async (writeBytes) => {
      const said = `{"error":{"message":"wrong key: ${apiKey}, ${apiKey}, sk-proj-other 漢字 ${apiKey.slice(0, 9)}"}}`;
      const { read, text, bytes } = await recordReply({ bytes: said, writeBytes, frameMs: 1 });
      const written = Buffer.concat(
        read('bytes').map((line) => Buffer.from(line['text'] ?? line['base64'], 'text' in line ? 'utf8' : 'base64')),
      ).toString();

      expect(bytes.toString()).toBe(said);
      expect(written).toBe(said.replaceAll(apiKey, '*'.repeat(apiKey.length)));
      expect(text()).not.toContain(apiKey);
    },
  );

  it('has asterisks for it in the file only, whatever kind of bytes a fetch gives', async () => {
    const said = Buffer.from(`wrong key: ${apiKey}`);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(said.subarray(0, 15));
        controller.enqueue(said.subarray(15));
        controller.close();
      },
    });
    const { fetch, read } = tape({ fetch: () => Promise.resolve(new Response(stream)) });
    const response = await fetch('http://fake.test/', { headers: { 'x-api-key': apiKey } });

    expect(await response.text()).toBe(`wrong key: ${apiKey}`);
    expect(said.toString()).toBe(`wrong key: ${apiKey}`);
    expect(
      read('bytes')
        .map(({ text }) => text as string)
        .join(''),
    ).toBe(`wrong key: ${'*'.repeat(apiKey.length)}`);
  });

  it('has no key in the words of a failure or in a header', async () => {
    const failing = tape({ fetch: () => Promise.reject(new Error(`bad header: Bearer ${apiKey}`)) });
    await ending(fromHttp(request('http://fake.test', failing.fetch)));
    const echoing = await recordReply({ deltas, headers: { 'x-request-id': `for ${apiKey}` } });

    expect(failing.read('end')[0]).toMatchObject({ how: 'failed', message: 'bad header: [redacted]' });
    expect(echoing.text()).not.toContain(apiKey);
  });

  it('has the body of a request where it is asked for, without the key', async () => {
    const { baseUrl } = await provider({ replies: [{ deltas }] });
    const { fetch, read, text } = tape({ withRequestBody: true });
    const body = { model: 'm', messages: [{ role: 'user' as const, content: `My prompt, ${apiKey}` }] };
    await ending(fromHttp(openAiChat.request({ baseUrl: baseUrl(openAiChat), fetch, apiKey, body })));

    expect(JSON.parse(read('request')[0]?.['body'])).toMatchObject({
      messages: [{ role: 'user', content: 'My prompt, [redacted]' }],
    });
    expect(text()).not.toContain(apiKey);
  });
});

describe('a recording that grows too long', () => {
  it('breaks the body off with a LimitError, and stays playable', async () => {
    const { fetch, read, text } = tape({
      fetch: () => Promise.resolve(new Response('x'.repeat(2_000))),
      maxBytes: 1_000,
    });
    const response = await fetch('http://fake.test/');

    await expect(response.text()).rejects.toMatchObject({ _tag: 'LimitError', option: 'maxBytes', limit: 1_000 });
    expect(read('end')[0]).toMatchObject({ how: 'failed', name: 'LimitError' });
    expect(text().length).toBeLessThan(1_500);
  });

  it('lets go of the connection, and refuses what comes next', async () => {
    const { origin, openSockets, requests } = await provider({ replies: [{ deltas, frameMs: 20 }] });
    const { fetch } = tape({ maxBytes: 350 });
    const ask = () => fetch(`${origin}/v1/chat/completions`, { method: 'POST', body: '{"stream":true}' });
    const response = await ask();
    await expect(response.text()).rejects.toMatchObject({ _tag: 'LimitError' });

    await until(() => openSockets() === 0);
    await expect(ask()).rejects.toMatchObject({ _tag: 'LimitError' });
    expect(requests).toHaveLength(1);
  });

  it('is a NetworkError that tells of the bound to whoever reads through fromHttp', async () => {
    const { error } = await recordReply({ deltas }, { maxBytes: 400 });

    expect(error).toMatchObject({ _tag: 'NetworkError', cause: { name: 'LimitError' } });
    expect((error as Error).message).toContain('maxBytes');
  });

  it('is as long as it may be, and not a byte longer', async () => {
    const options = { fetch: () => Promise.resolve(new Response('漢字')) };
    const whole = tape(options);
    await (await whole.fetch('http://fake.test/')).text();
    const end = whole.lines.at(-1) ?? '';
    const beforeEnd = Buffer.byteLength(whole.text()) - Buffer.byteLength(end);

    await expect((await tape({ ...options, maxBytes: beforeEnd }).fetch('http://fake.test/')).text()).resolves.toBe(
      '漢字',
    );
    await expect(
      (await tape({ ...options, maxBytes: beforeEnd - 1 }).fetch('http://fake.test/')).text(),
    ).rejects.toMatchObject({ _tag: 'LimitError' });
  });

  it.each([0, -1, 1.5, NaN])('refuses a bound of %d bytes', (maxBytes) => {
    expect(thrownBy(() => recordFrames(() => undefined, { maxBytes }))).toMatchObject({ option: 'maxBytes' });
  });
});

describe('a sink', () => {
  it('must be a function', () => {
    expect(thrownBy(() => recordFrames('answer.ndjson' as never))).toMatchObject({ option: 'sink' });
  });

  it.each(['request', 'head', 'bytes', 'end'])(
    'that throws at the %s fails the request, and frees it',
    async (type) => {
      const { baseUrl, openSockets } = await provider({
        replies: [{ deltas, fault: { kind: 'cut', afterBytes: 500, with: 'fin' } }],
      });
      const fetch = recordFrames((line) => {
        if (line.includes(`"type":"${type}"`)) throw new Error('the disk is full');
      });
      const { error } = await ending(fromHttp(request(baseUrl(openAiChat), fetch)));

      expect(error).toMatchObject({ _tag: 'NetworkError', message: expect.stringContaining('the disk is full') });
      await until(() => openSockets() === 0);
    },
  );

  it.each(['head', 'bytes'])('that throws at the %s lets go of a body that goes on', async (type) => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(1));
      },
      cancel() {
        isCancelled = true;
      },
    });
    const fetch = recordFrames(
      (line) => {
        if (line.includes(`"type":"${type}"`)) throw new Error('the disk is full');
      },
      { fetch: () => Promise.resolve(new Response(endless)) },
    );
    const read = fetch('http://fake.test/').then((response) => response.text());

    await expect(read).rejects.toThrow('the disk is full');
    expect(isCancelled).toBe(true);
  });

  it('that throws when the client leaves disturbs nobody', async () => {
    const { baseUrl, openSockets } = await provider({ replies: [{ deltas, frameMs: 20 }] });
    const fetch = recordFrames((line) => {
      if (line.includes('"type":"end"')) throw new Error('the disk is full');
    });
    await lastValueFrom(fromHttp(request(baseUrl(openAiChat), fetch)).pipe(take(1)));

    await until(() => openSockets() === 0);
  });
});

describe('recordingFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has each line in the file before its bytes go on', async () => {
    const path = join(folder, 'answer.ndjson');
    const { baseUrl } = await provider({ replies: [{ deltas, frameMs: 5 }] });
    const inFile: string[] = [];
    const reads = await lastValueFrom(
      fromHttp(request(baseUrl(openAiChat), recordFrames(recordingFile(path)))).pipe(
        tap(() => inFile.push(readFileSync(path, 'utf8'))),
        toArray(),
      ),
    );

    expect(reads.length).toBeGreaterThan(1);
    expect(inFile.map((text) => text.split('\n').length - 1)).toEqual(reads.map((_, at) => at + 4));
    expect(readFileSync(path, 'utf8')).toMatch(/"how":"complete"}\n$/);
  });

  it('begins anew, and says at once where it cannot', () => {
    const path = join(folder, 'old.ndjson');
    recordingFile(path)('old\n');
    recordingFile(path)('new\n');

    expect(readFileSync(path, 'utf8')).toBe('new\n');
    expect(() => recordingFile(join(folder, 'no', 'such', 'folder'))).toThrow('ENOENT');
  });
});
