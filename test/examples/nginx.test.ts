import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { lastValueFrom, NEVER, type Observable, Subject, tap } from 'rxjs';
import { accumulateDelta, type Delta } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { openAiChat } from 'rxllm/openai';
import { fromRelay } from 'rxllm/relay';
import { resumable } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { root } from '../support/entryPoints.ts';
import { exampleServer } from '../support/exampleServer.ts';
import { describeWithNginx, launchNginx, type Nginx } from '../support/nginx.ts';
import { failure, provider, until } from '../support/provider.ts';
import { timeoutMs } from './answerServerContract.ts';

const example = readFileSync(join(root, 'examples', 'nginx', 'nginx.conf'), 'utf8');
const words = Array.from({ length: 150 }, (_, at) => `word${at}`).join(' ');

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The example's nginx in front of a server, with some of its settings changed. */
const nginxBefore = async (origin: string, changes: Readonly<Record<string, string>> = {}): Promise<Nginx> => {
  const configure = (port: number, backendPort: number): string =>
    Object.entries({
      ...changes,
      '127.0.0.1:8090': `127.0.0.1:${port}`,
      '127.0.0.1:8080': `127.0.0.1:${backendPort}`,
    }).reduce((text, [from, to]) => {
      if (!text.includes(`${from};`)) throw new Error(`the example says nowhere: ${from};`);
      return text.replace(`${from};`, `${to};`);
    }, example);
  const nginx = await launchNginx(Number(new URL(origin).port), { configure });
  closing.push(nginx.stop);
  return nginx;
};

const signIn = async (origin: string): Promise<{ readonly cookie: string }> => ({
  cookie: (await fetch(origin)).headers.get('set-cookie')?.split(';')[0] ?? '',
});

describeWithNginx('nginx in front of the server with plain http', () => {
  const serve = async (env: Readonly<Record<string, string>> = {}) =>
    exampleServer(['examples/http-server/main.ts'], env);

  it(
    'sends pages as they are, and words as they are made',
    async () => {
      const { origin } = await serve();
      const { url } = await nginxBefore(origin);
      const headers = await signIn(url);
      const [direct, proxied] = await Promise.all([fetch(`${origin}/page.js`), fetch(`${url}/page.js`)]);
      const timesMs: number[] = [];
      const deltas$ = fromRelay(`${url}/answers`, { headers, body: { question: 'What?' }, retry: false });
      const { text } = await lastValueFrom(
        deltas$.pipe(
          tap(() => timesMs.push(performance.now())),
          accumulateDelta(),
        ),
      );

      expect(proxied.headers.get('content-encoding')).toBe('gzip');
      expect(await proxied.text()).toBe(await direct.text());
      expect(text).toMatch(/^A stream is an answer .* stops writing, too\.$/);
      // It is made in 2 s.
      expect((timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0)).toBeGreaterThan(1_000);
    },
    timeoutMs,
  );

  it(
    'is reloaded in the midst of an answer, and the reader has all of it, once',
    async () => {
      const { requests, baseUrl } = await provider({ replies: [{ deltas: answer({ text: words }), frameMs: 20 }] });
      const { origin } = await serve({ OPENAI_BASE_URL: baseUrl(openAiChat) });
      const nginx = await nginxBefore(origin, { 'worker_shutdown_timeout 10s': 'worker_shutdown_timeout 100ms' });
      const headers = await signIn(nginx.url);
      const places: (string | null)[] = [];
      let seen = '';
      const deltas$ = fromRelay(`${nginx.url}/answers`, {
        headers,
        body: { question: 'What?' },
        retry: { firstDelayMs: 50 },
        fetch: (input, init) => {
          places.push(new Headers(init?.headers).get('last-event-id'));
          return fetch(input, init);
        },
      }).pipe(tap((delta) => (seen += delta.type === 'text' ? delta.text : '')));
      const whole = lastValueFrom(deltas$);
      await until(() => seen.includes('word20'), 'the first words', 20_000);
      nginx.reload();
      await until(() => places.length > 1, 'another connection', 20_000);
      await until(() => seen.includes('word60'), 'more words', 20_000);
      nginx.reload();
      await whole;

      expect(seen).toBe(words);
      expect(requests).toHaveLength(1);
      expect(places.length).toBeGreaterThan(2);
      expect(places).toEqual([null, ...places.slice(1).map(() => expect.stringMatching(/^\d+-\d+$/) as unknown)]);
    },
    timeoutMs,
  );
});

describeWithNginx('nginx, as in the example', () => {
  const serve = async (deltas$: Observable<Delta>, heartbeatMs?: number): Promise<string> => {
    const answers = resumable(memoryLog(), {
      authorize: () => 'user-1',
      start: () => deltas$,
      basePath: '/answers',
      heartbeatMs,
    });
    const server = createServer((request, response) => void answers.node(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it(
    'passes on each frame at once, where it compresses streams, too',
    async () => {
      const deltas = new Subject<Delta>();
      const { url } = await nginxBefore(await serve(deltas), {
        'gzip_types text/javascript application/json': 'gzip_types text/event-stream; gzip_min_length 0',
      });
      const response = await fetch(`${url}/answers`, { method: 'POST' });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (const name of ['one', 'two', 'three']) {
        deltas.next({ type: 'other', name, raw: undefined });
        for (let text = ''; !text.includes(`"${name}"`);) text += (await reader?.read())?.value ?? '';
      }

      expect(response.headers.get('content-encoding')).toBe('gzip');
      await reader?.cancel();
    },
    timeoutMs,
  );

  it(
    'keeps an answer that is silent, as long as there are heartbeats',
    async () => {
      const timeout = { 'proxy_read_timeout 60s': 'proxy_read_timeout 1s' };
      const [beating, silent] = await Promise.all([
        nginxBefore(await serve(NEVER, 300), timeout),
        nginxBefore(await serve(NEVER, 60_000), timeout),
      ]);
      const read = (nginx: Nginx): Promise<unknown> =>
        failure(fromRelay(`${nginx.url}/answers`, { body: {}, retry: false }));
      let isCut = false;
      void read(beating).then(() => (isCut = true));
      const error = await read(silent);
      await new Promise((resolve) => setTimeout(resolve, 1_500));

      // Otherwise the first half of this proves nothing.
      expect(error).toMatchObject({ isRetryable: true });
      expect(isCut).toBe(false);
    },
    timeoutMs,
  );
});
