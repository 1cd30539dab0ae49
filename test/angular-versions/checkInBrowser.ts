import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Page } from 'playwright-core';

import type * as Testing from '../../src/testing/index.ts';
import { launchChromium } from '../support/chromium.ts';
import { manifest } from '../support/entryPoints.ts';
import { serveFolder } from './serveFolder.ts';

/** Every way to the provider that the application knows, and whether its interceptors see the request. */
const transports = { fetch: false, http: true, interceptor: true, worker: false } as const;

const words = Array.from({ length: 80 }, (_, index) => `${index} `);
const whole = words.join('').trim();
/** How many requests each way makes; the first of them is stopped, so it lasts until a busy machine has come to that. */
const requestsPerTransport = 4;
const frameMs = { first: 50, other: 10 };

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const endMs = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();

/** Until a text grows, part by part, into the whole answer. */
const seeWhole = async (page: Page, selector: string): Promise<void> => {
  const seen = new Set<string>();
  const text = page.locator(selector);
  await until(`${selector} holds the whole answer`, async () => {
    const now = (await text.textContent())?.trim() ?? '';
    seen.add(now);
    return now === whole;
  });
  const parts = [...seen].filter((part) => part !== '' && part !== whole);
  assert.ok(parts.length > 3, `${selector} shows the answer as it comes, not in ${parts.length} parts`);
  for (const part of parts) assert.ok(whole.startsWith(part), `${selector} showed "${part}"`);
};

/** Asks, stops in the middle, asks again; then the signal and the resource. */
const useIt = async (page: Page, requests: readonly Testing.ReceivedRequest[]): Promise<void> => {
  const status = page.getByTestId('status');
  const answer = page.getByRole('article', { name: 'Assistant' });
  const before = requests.length;
  await press(page, 'Send');
  await until(
    'a first part is there',
    async () => (await answer.count()) > 0 && /^0 1 /.test(await answer.innerText()),
  );
  await press(page, 'Stop');
  await until('the status is stopped', async () => (await status.textContent()) === 'stopped');
  await until('the provider is left', () => requests[before]?.endedBy === 'client');
  const part = (await answer.innerText()).trim();
  assert.ok(part !== '' && part !== whole && whole.startsWith(part), `what was there stays, not "${part}"`);

  await press(page, 'Regenerate');
  await seeWhole(page, 'article[aria-label=Assistant]');
  await until('the status is done', async () => (await status.textContent()) === 'done');
  await press(page, 'Summarize');
  await seeWhole(page, '[data-testid=summary]');
  await press(page, 'Translate');
  await seeWhole(page, '[data-testid=translation]');
  const bodies = requests.slice(before).map(({ body }) => JSON.stringify(body));
  assert.equal(bodies.length, requestsPerTransport, 'one request for each');
  assert.equal(bodies[0], bodies[1], 'the same is asked again');
  for (const [index, prompt] of ['You count.', 'Count, please', 'A long story', 'Good evening'].entries()) {
    assert.ok(bodies[index]?.includes(prompt), `request ${index} says "${prompt}": ${bodies[index]}`);
  }
};

/** Opens what was built, served, in Chromium; the tarball's own provider answers. */
export const checkInBrowser = async (application: string): Promise<void> => {
  const testing = join(application, 'node_modules', manifest.name, 'dist', 'testing', 'index.js');
  const { answer, fakeProvider } = (await import(pathToFileURL(testing).href)) as typeof Testing;
  const deltas = answer({ text: words });
  const provider = fakeProvider({
    replies: (_, count) => ({ deltas, frameMs: count % requestsPerTransport === 0 ? frameMs.first : frameMs.other }),
  });
  const running = await provider.listen();
  const served = await serveFolder(join(application, 'dist', 'browser'));
  const browser = await launchChromium();
  try {
    for (const [transport, isIntercepted] of Object.entries(transports)) {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      const before = provider.requests.length;
      try {
        await page.goto(`${served.origin}/?transport=${transport}&provider=${running.origin}/v1`);
        await useIt(page, provider.requests);
        const users = provider.requests.slice(before).map(({ headers }) => headers['x-user']);
        assert.ok(
          users.every((user) => user === (isIntercepted ? 'ada' : undefined)),
          `interceptors: ${users.join()}`,
        );
        assert.deepEqual(complaints, []);
      } catch (error) {
        const shown = await page.locator('body').innerText();
        throw new Error(
          `by ${transport}: ${String(error)}\nThe console: ${complaints.join('\n')}\nThe page: ${shown}`,
          {
            cause: error,
          },
        );
      }
      await page.close();
    }
  } finally {
    await browser.close();
    served.close();
    await running.close();
  }
};
