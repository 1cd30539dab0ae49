import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { answer, type FakeProviderOptions } from 'rxllm/testing';

import { bundleDist } from '../support/bundleDist.ts';
import { type RunningPage, startPlainPage } from '../../examples/plain-page/serve.ts';
import { axeFindings } from '../support/axe.ts';
import { describeInChromium } from '../support/chromium.ts';
import { root } from '../support/entryPoints.ts';
import { observed } from '../support/observed.ts';
import { until } from '../support/provider.ts';

const timeoutMs = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'rxllm-plain-page-'));
const dist = join(folder, 'dist');

beforeAll(() => bundleDist(dist), 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describeInChromium('the plain page', (browser) => {
  let running: RunningPage | undefined;
  let page: Page;
  let problems: readonly string[];

  const open = async (replies?: FakeProviderOptions['replies']): Promise<RunningPage> => {
    running = await startPlainPage({ dist, replies });
    page = await browser().newPage();
    problems = observed(page);
    await page.goto(running.url);
    return running;
  };
  const ask = async (question: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'Message' }).fill(question);
    await page.keyboard.press('Enter');
  };
  const button = (name: string) => page.getByRole('button', { name });
  const answers = () => page.getByRole('article', { name: 'Assistant' });

  afterEach(async () => {
    await page.close();
    await running?.close();
  });

  it(
    'shows an answer as it comes, and sends it back with the next question',
    async () => {
      const { provider } = await open([
        { deltas: answer({ text: '<b>Grüße</b>, *dear* 👩‍👩‍👧.', usage: { outputTokens: 12 } }), frameMs: 20 },
        { deltas: answer({ text: 'Again.' }) },
      ]);
      await ask('Hello?');
      await page.getByText('The answer is complete.').waitFor();

      expect(await answers().textContent()).toBe('<b>Grüße</b>, *dear* 👩‍👩‍👧.');
      expect(await page.locator('#stats').textContent()).toMatch(/^12 tokens · \d+ tokens\/s$/);

      await ask('And?');
      await answers().nth(1).getByText('Again.').waitFor();

      expect(provider.requests[1]?.body).toMatchObject({
        messages: [
          { role: 'user', content: 'Hello?' },
          { role: 'assistant', content: '<b>Grüße</b>, *dear* 👩‍👩‍👧.' },
          { role: 'user', content: 'And?' },
        ],
      });
      expect(problems).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'stops, closes the connection, and keeps what was said',
    async () => {
      const { provider } = await open();
      await ask('Hello?');
      await answers().getByText('Every message').waitFor();
      await button('Stop').click();
      const kept = await answers().textContent();
      await until(() => provider.requests[0]?.endedBy === 'client', 'the server seeing the page leave', 5_000);
      expect(await axeFindings(page)).toEqual([]);

      expect(await page.getByRole('status').textContent()).toBe('Stopped.');
      expect(kept).toContain('Every message');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('message');
      expect(await answers().textContent()).toBe(kept);
      expect(problems).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'keeps the text of an answer that is cut, and asks again when told to',
    async () => {
      const deltas = answer({ text: 'All of the answer.' });
      const { provider } = await open([
        { deltas, fault: { kind: 'cut', afterBytes: 600, with: 'fin' } },
        { deltas, frameMs: 5 },
      ]);
      await ask('Hello?');
      await page.getByRole('alert').getByText('cut short').waitFor();

      expect(await answers().textContent()).toMatch(/^All of/);
      expect(await answers().textContent()).not.toContain('answer.');

      await button('Try again').click();
      await answers().getByText('All of the answer.').waitFor();

      expect(await answers().count()).toBe(1);
      expect(provider.requests).toHaveLength(2);
      expect(provider.requests[1]?.body).toEqual(provider.requests[0]?.body);
      expect(await page.getByRole('alert').textContent()).toBe('');
    },
    timeoutMs,
  );
});

describe('its server', () => {
  it.each([
    '/dist/../package.json',
    '/dist/%2e%2e/package.json',
    '/node_modules/typescript/package.json',
    '/%',
    '/dist',
  ])('has nothing at %s', async (path) => {
    const { url, close } = await startPlainPage({ dist });
    try {
      expect((await fetch(url.slice(0, -1) + path)).status).toBe(404);
    } finally {
      await close();
    }
  });

  it(
    'is a command that says where the page is',
    async () => {
      const child = spawn(process.execPath, [join(root, 'examples', 'plain-page', 'serve.ts'), '0', dist]);
      const closed = once(child, 'close');
      try {
        const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
        const url = /http:\S+/.exec(said)?.[0] ?? '';

        expect(await (await fetch(url)).text()).toContain('importmap');
        expect((await fetch(`${url}dist/index`)).headers.get('content-type')).toMatch(/^text\/javascript/);
      } finally {
        child.kill();
        await closed;
      }
    },
    timeoutMs,
  );
});
