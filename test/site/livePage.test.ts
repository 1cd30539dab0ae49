import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import { answerText } from '../../site/live/answerText.ts';
import { bundleLivePage } from '../../site/bundleLivePage.ts';
import { readStyles } from '../../site/readStyles.ts';
import { axeFindings } from '../support/axe.ts';
import { describeInChromium } from '../support/chromium.ts';
import { root } from '../support/entryPoints.ts';
import { observed } from '../support/observed.ts';

const timeoutMs = 30_000;
const phone = { width: 360, height: 740 };
const desktop = { width: 1_280, height: 900 };

let html: string;

beforeAll(async () => {
  const script = await bundleLivePage();
  const theme = readFileSync(join(root, 'node_modules', 'typedoc', 'static', 'style.css'), 'utf8');
  html = `<!doctype html><html lang="en" data-theme="os"><head><title>Live</title>
<meta name="viewport" content="width=device-width"><style>${theme}${readStyles()}</style></head>
<body><main class="tsd-typography"><h1>Live pipeline</h1><div id="live"></div></main>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script></body></html>`;
}, timeoutMs);

describeInChromium('the live page', (browser) => {
  let page: Page;
  let problems: readonly string[];

  const open = async (viewport = desktop, colorScheme: 'light' | 'dark' = 'light'): Promise<void> => {
    page = await browser().newPage({ viewport, colorScheme });
    problems = observed(page);
    await page.setContent(html);
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const choose = (field: string, value: string) => page.getByLabel(field).selectOption(value);
  const answer = () => page.getByRole('region', { name: 'Answer' });
  const stages = () => page.getByRole('list', { name: 'Pipeline' }).getByRole('listitem');
  const ended = (how: string) => page.getByRole('status').filter({ hasText: how }).waitFor();
  const rowOf = (name: string) =>
    stages()
      .filter({ has: page.getByText(name, { exact: true }) })
      .getByRole('img');

  afterEach(async () => {
    await page.close();
    expect(problems).toEqual([]);
  });

  it(
    'runs a pipeline, and draws what each stage makes of the answer',
    async () => {
      await open();
      await choose('Speed', 'fast');
      await button('Run').click();
      await ended('Completed');

      expect(await answer().textContent()).toBe(answerText);
      expect(await stages().count()).toBe(9);
      expect(await rowOf('toDeltas').getAttribute('aria-label')).toMatch(/^\d+ values, completed$/);
      // As many marbles as are told of.
      const told = Number.parseInt((await rowOf('toDeltas').getAttribute('aria-label')) ?? '', 10);
      expect(await rowOf('toDeltas').locator('circle').count()).toBe(told);
      expect(told).toBeGreaterThan(50);
    },
    timeoutMs,
  );

  it(
    'shows the error of a connection that is cut, and the whole answer once the pipeline resumes',
    async () => {
      await open();
      await choose('Speed', 'fast');
      await choose('What goes wrong', 'cut');
      await button('Run').click();
      await ended('TruncatedError');

      expect(answerText).toContain(await answer().textContent());
      expect(await answer().textContent()).not.toBe(answerText);
      expect(await rowOf('fromSse').getAttribute('aria-label')).toMatch(/completed$/);
      expect(await rowOf('toDeltas').getAttribute('aria-label')).toMatch(/1 error$/);

      await button('+ resume').click();
      expect(await page.getByLabel('The code').textContent()).toContain('  resume(openAiChat, request),\n');
      await button('Run').click();
      await ended('Completed');
      expect(await answer().textContent()).toBe(answerText);
      expect(await page.getByRole('status').textContent()).toContain('2 requests');
    },
    timeoutMs,
  );

  it(
    'ends with the error of the rest where that falls silent, too',
    async () => {
      await open();
      await choose('Speed', 'fast');
      await choose('What goes wrong', 'stall');
      await choose('How often', 'every time');
      await button('+ resume').click();
      await button('Run').click();
      await ended('StreamTimeoutError');

      expect(await page.getByRole('status').textContent()).toContain('2 requests');
    },
    timeoutMs,
  );

  it(
    'stops when it is told to, and leaves every stage',
    async () => {
      await open();
      await choose('Speed', 'slow');
      await button('Run').click();
      await answer().filter({ hasText: 'Rivers' }).waitFor();
      await button('Stop').click();
      await ended('Stopped');

      expect(await rowOf('accumulateDelta').getAttribute('aria-label')).toMatch(/left$/);
      const text = await answer().textContent();
      await page.waitForTimeout(600);
      expect(await answer().textContent()).toBe(text);
    },
    timeoutMs,
  );

  it(
    'runs no pipeline whose operators do not fit, and says which; moving is for the keyboard, too',
    async () => {
      await open();
      const up = button('Move parseChunk up');
      await up.focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      expect(await stages().nth(1).textContent()).toContain('parseChunk');
      expect(await page.getByText('takeUntilDone takes frames, and gets chunks.').count()).toBe(1);
      expect(await button('Run').isDisabled()).toBe(true);

      await button('Remove filterHeartbeat').click();
      await button('Remove takeUntilDone').click();
      expect(await button('Run').isEnabled()).toBe(true);
    },
    timeoutMs,
  );

  it.each([
    ['light', desktop],
    ['dark', desktop],
    ['light', phone],
    ['dark', phone],
  ] as const)(
    'has nothing that Axe finds, and nothing wider than the page (%s, %p)',
    async (scheme, viewport) => {
      await open(viewport, scheme);
      await choose('Speed', 'fast');
      await choose('What goes wrong', 'cut');
      await button('Run').click();
      await ended('TruncatedError');

      expect(await axeFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
    },
    timeoutMs,
  );
});
