import { join } from 'node:path';

import { build } from 'esbuild';
import type { Browser, Page as Tab } from 'playwright-core';
import { openAiChat } from 'rxllm/openai';
import { answer, type Reply } from 'rxllm/testing';

import { describeInChromium } from '../support/chromium.ts';
import { httpServer, provider } from '../support/provider.ts';
import type { Page } from './page.ts';

declare const page: Page;

const bundle = async (): Promise<ReadonlyMap<string, string>> => {
  const { outputFiles } = await build({
    entryPoints: ['page', 'webWorker'].map((name) => join(import.meta.dirname, `${name}.ts`)),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outdir: '/',
    write: false,
  });
  return new Map(outputFiles.map(({ path, text }) => [path, text]));
};

describeInChromium('a Web Worker', (browser: () => Browser) => {
  let scripts: ReadonlyMap<string, string>;
  beforeAll(async () => {
    scripts = await bundle();
  }, 30_000);

  const open = async (replies: readonly Reply[]) => {
    const served = await httpServer(({ url = '/' }, response) => {
      const script = scripts.get(url);
      if (url === '/')
        response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
      else if (script === undefined) response.writeHead(404).end();
      else response.setHeader('content-type', 'text/javascript').end(script);
    });
    const fake = await provider({ replies });
    const tab: Tab = await (await browser().newContext()).newPage();
    await tab.goto(served.origin);
    await tab.waitForFunction(() => 'page' in globalThis);
    return { tab, requests: fake.requests, baseUrl: fake.baseUrl(openAiChat) };
  };

  it('gives the same answer as the page itself, a batch for each frame', async () => {
    const words = Array.from({ length: 3_000 }, (_, at) => `wörd ${at} 😀 `);
    const { tab, baseUrl } = await open([{ deltas: answer({ text: words }) }]);
    const here = await tab.evaluate((url) => page.answer(url, undefined), baseUrl);
    const there = await tab.evaluate((url) => page.answer(url, '/webWorker.js'), baseUrl);

    expect(here.text).toBe(words.join(''));
    expect(there.text).toBe(here.text);
    expect(here.updates).toBeGreaterThan(3_000);
    expect(there.updates).toBeLessThan(300);
  }, 30_000);

  it('closes its socket when it is left', async () => {
    const { tab, baseUrl, requests } = await open([
      { deltas: answer({ text: 'one two three' }), fault: { kind: 'stall', afterBytes: 400 } },
    ]);
    await tab.evaluate((url) => page.leave(url, '/webWorker.js'), baseUrl);
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(requests.map(({ endedBy }) => endedBy)).toEqual(['client']);
  });

  it('brings errors, and tells a script that is not there from a server that is not', async () => {
    const { tab, baseUrl } = await open([{ status: 401, error: { message: 'no such key', code: 'auth' } }]);

    expect(await tab.evaluate((url) => page.fail(url, '/webWorker.js'), baseUrl)).toMatchObject({ tag: 'HttpError' });
    expect(await tab.evaluate((url) => page.fail(url, '/nowhere.js'), baseUrl)).toEqual({
      tag: 'WorkerError',
      message: 'the worker gave no answer: its script could not be loaded; is the address right?',
    });
    expect(await tab.evaluate(() => page.fail('http://127.0.0.1:1/v1', '/webWorker.js'))).toMatchObject({
      tag: 'NetworkError',
    });
  });
});
