import { Readable } from 'node:stream';
import { join } from 'node:path';

import { build } from 'esbuild';
import type { Browser, Page as Tab } from 'playwright-core';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { describeInChromium } from '../support/chromium.ts';
import { httpServer, provider, until } from '../support/provider.ts';
import type { Page } from './page.ts';

declare const page: Page;

const bundle = async (): Promise<ReadonlyMap<string, string>> => {
  const { outputFiles, warnings } = await build({
    entryPoints: ['page', 'webWorker'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    outdir: '/',
    write: false,
  });
  expect(warnings).toEqual([]);
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
};

const script = '/webWorker.js';
const slowMs = 60_000;

describeInChromium('a Web Worker', (browser: () => Browser) => {
  let scripts: ReadonlyMap<string, string>;
  beforeAll(async () => {
    scripts = await bundle();
  }, slowMs);

  /** A page whose server passes what is below `/api` on to the provider. */
  const open = async (...replies: readonly Reply[]) => {
    const fake = await provider({ replies });
    const served = await httpServer((request, response) => {
      const { url = '/' } = request;
      const code = scripts.get(url);
      if (url === '/')
        response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
      else if (url.startsWith('/api')) {
        void fetch(new URL(url.replace('/api', ''), fake.origin), { method: 'POST', body: '{"stream":true}' }).then(
          ({ status, body, headers }) => {
            response.writeHead(status, { 'content-type': headers.get('content-type') ?? '' });
            if (body) Readable.fromWeb(body as never).pipe(response);
          },
        );
      } else if (code === undefined) response.writeHead(404).end();
      else response.setHeader('content-type', 'text/javascript').end(code);
    });
    const tab: Tab = await (await browser().newContext()).newPage();
    await tab.goto(served.origin);
    await tab.waitForFunction(() => 'page' in globalThis);
    return { tab, requests: fake.requests, openSockets: fake.openSockets, baseUrl: fake.baseUrl(openAiChat) };
  };
  const stall: Reply = { deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } };

  it(
    'gives the same answer as the page itself, a batch for each frame',
    async () => {
      const words = Array.from({ length: 3_000 }, (_, at) => `wörd ${at} 😀 `);
      const { tab, baseUrl } = await open({ deltas: answer({ text: words }), frameMs: 0.3 });
      const here = await tab.evaluate((url) => page.answer(url), baseUrl);
      const there = await tab.evaluate(([url, worker]) => page.answer(url, worker), [baseUrl, script] as const);

      expect(here.text).toBe(words.join(''));
      expect(there.text).toBe(here.text);
      expect(here.updates).toBeGreaterThan(3_000);
      expect(there.updates).toBeLessThan(here.updates / 3);
    },
    slowMs,
  );

  it(
    'takes an address that is relative to the page',
    async () => {
      const { tab, requests } = await open({ deltas: answer({ text: 'Hi' }) });
      const { text, message } = await tab.evaluate((worker) => page.answer('/api/v1', worker), script);

      expect([text, message]).toEqual(['Hi', '']);
      expect(requests).toHaveLength(1);
    },
    slowMs,
  );

  it(
    'may be a channel',
    async () => {
      const { tab, baseUrl } = await open({ deltas: answer({ text: 'Hi' }) });

      expect(await tab.evaluate((url) => page.channel(url), baseUrl)).toMatchObject({ text: 'Hi', message: '' });
    },
    slowMs,
  );

  it.each([
    ['and ends', 0],
    ['and stays', 60_000],
  ])(
    'closes its socket when it is left, %s',
    async (_what, keepAliveMs) => {
      const { tab, baseUrl, requests } = await open(stall);
      const tookMs: number[] = [];
      // A busy machine may be slow now and then; the best of five tells what it takes.
      for (let round = 0; round < 5; round += 1) {
        await tab.evaluate(([url, worker, ms]) => page.leave(url, worker, ms), [baseUrl, script, keepAliveMs] as const);
        const leftMs = performance.now();
        await until(() => requests[round]?.endedBy === 'client', 'that the client left', 5_000);
        tookMs.push(performance.now() - leftMs);
      }

      expect(Math.min(...tookMs)).toBeLessThan(100);
    },
    slowMs,
  );

  it(
    'brings errors, and tells a script that is not there from a server that is not',
    async () => {
      const { tab, baseUrl } = await open({ status: 401, error: { message: 'no such key', code: 'auth' } });
      const fail = (url: string, worker: string) =>
        tab.evaluate(([at, with_]) => page.answer(at, with_), [url, worker] as const);

      expect(await fail(baseUrl, script)).toMatchObject({ tag: 'HttpError', isError: true });
      expect(await fail(baseUrl, '/nowhere.js')).toMatchObject({ tag: 'WorkerError', reason: 'failed-to-start' });
      expect(await fail(baseUrl, 'data:text/javascript,throw new Error("not today")')).toMatchObject({
        tag: 'WorkerError',
        reason: 'failed-to-start',
        message: expect.stringContaining('not today'),
      });
      expect(await fail(baseUrl, 'http://elsewhere.test/worker.js')).toMatchObject({
        tag: 'WorkerError',
        reason: 'failed-to-start',
        message: expect.stringContaining('could not be made'),
      });
      expect(await fail('http://127.0.0.1:1/v1', script)).toMatchObject({ tag: 'NetworkError' });
    },
    slowMs,
  );

  it.each([
    ['somebody terminates it', 'terminate', 'it was terminated'],
    ['it closes itself', 'close', 'it was terminated'],
    ['it throws', 'throw', 'out of nowhere'],
  ] as const)(
    'is a WorkerError when %s, and keeps the answer so far',
    async (_what, how, words) => {
      const { tab, baseUrl } = await open(stall);
      const ended = await tab.evaluate(([url, worker, what]) => page.end(url, worker, what), [
        baseUrl,
        script,
        how,
      ] as const);

      expect(ended).toMatchObject({ tag: 'WorkerError', reason: 'crashed', text: expect.stringContaining('one') });
      expect(ended.message).toContain(words);
    },
    slowMs,
  );

  it(
    'is one, too, when it is terminated the moment it is ready',
    async () => {
      const { tab, baseUrl } = await open(stall);
      const ended = await tab.evaluate(([url, worker]) => page.endEarly(url, worker), [baseUrl, script] as const);

      expect(ended).toMatchObject({ tag: 'WorkerError', reason: 'crashed', text: '' });
    },
    slowMs,
  );

  it(
    'does not pile up messages while the page is busy',
    async () => {
      const words = Array.from({ length: 400 }, (_, at) => `word ${at} `);
      const { tab, baseUrl } = await open({ deltas: answer({ text: words }), frameMs: 4 });
      const { waited, text } = await tab.evaluate(([url, worker]) => page.block(url, worker, 1_000), [
        baseUrl,
        script,
      ] as const);

      expect(text).toBe(words.join(''));
      expect(waited).toBeLessThanOrEqual(3);
    },
    slowMs,
  );
});
