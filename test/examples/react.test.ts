import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Observable } from 'rxjs';
import { answer, type FakeProviderOptions } from 'rxllm/testing';

import { bundle, type ReactExampleOptions, startReactExample } from '../../examples/react/serve.ts';
import { useStream } from '../../examples/react/useStream.ts';
import { axeFindings } from '../support/axe.ts';
import { describeInChromium } from '../support/chromium.ts';
import { root } from '../support/entryPoints.ts';
import { observed } from '../support/observed.ts';
import { until } from '../support/provider.ts';
import type { ReactHarness } from './reactHarness.ts';

declare const harness: ReactHarness;

const timeoutMs = 30_000;
const scripts = new Map<string, Promise<string>>();
const scriptOf = (path: string): Promise<string> => {
  const script = scripts.get(path) ?? bundle(join(root, path));
  scripts.set(path, script);
  return script;
};

describeInChromium('a React component', (browser) => {
  type Running = Awaited<ReturnType<typeof startReactExample>>;
  let running: Running | undefined;
  let page: Page;
  let problems: readonly string[];

  const open = async (options: ReactExampleOptions): Promise<Running> => {
    running = await startReactExample(options);
    page = await browser().newPage();
    page.setDefaultTimeout(10_000);
    problems = observed(page);
    await page.goto(running.url);
    return running;
  };

  afterEach(async () => {
    expect(problems).toEqual([]);
    await page.close();
    await running?.close();
  });

  describe('that is a chat', () => {
    const openChat = async (replies?: FakeProviderOptions['replies']): Promise<Running> =>
      open({ replies, script: await scriptOf('examples/react/main.tsx') });
    const ask = async (question: string): Promise<void> => {
      await page.getByRole('textbox', { name: 'Message' }).fill(question);
      await page.keyboard.press('Enter');
    };
    const answers = () => page.getByRole('article', { name: 'Assistant' });
    const complete = () => page.getByText('The answer is complete.').waitFor();

    it(
      'asks once under StrictMode, and sends what was said with the next question',
      async () => {
        const { provider } = await openChat([
          { deltas: answer({ text: '<b>Grüße</b> 👩‍👩‍👧' }), frameMs: 20 },
          { deltas: answer({ text: 'Again.' }) },
        ]);
        await ask('Hello?');
        await complete();

        expect(await answers().textContent()).toBe('<b>Grüße</b> 👩‍👩‍👧');

        await ask('And?');
        await answers().getByText('Again.').waitFor();
        await complete();

        expect(provider.requests.map(({ endedBy }) => endedBy)).toEqual(['server', 'server']);
        expect(provider.requests[1]?.body).toMatchObject({
          messages: [
            { role: 'user', content: 'Hello?' },
            { role: 'assistant', content: '<b>Grüße</b> 👩‍👩‍👧' },
            { role: 'user', content: 'And?' },
          ],
        });
        expect(await axeFindings(page)).toEqual([]);
      },
      timeoutMs,
    );

    it(
      'stops, closes the connection, and keeps what was said',
      async () => {
        const { provider } = await openChat();
        await ask('Hello?');
        await answers().getByText('Every message').waitFor();
        await page.getByRole('button', { name: 'Stop' }).click();
        await until(() => provider.requests[0]?.endedBy === 'client', 'the server seeing the page leave', 5_000);

        expect(await page.getByRole('status').textContent()).toBe('Stopped.');
        expect(await answers().textContent()).toContain('Every message');
        expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Message');
      },
      timeoutMs,
    );

    it(
      'keeps the text of an answer that is cut, and asks again when told to',
      async () => {
        const deltas = answer({ text: 'All of the answer.' });
        const { provider } = await openChat([
          { deltas, fault: { kind: 'cut', afterBytes: 600, with: 'fin' } },
          { deltas, frameMs: 5 },
        ]);
        await ask('Hello?');
        await page.getByRole('alert').getByText('cut short').waitFor();

        expect(await answers().textContent()).toMatch(/^All of/);
        expect(await axeFindings(page)).toEqual([]);

        await page.getByRole('button', { name: 'Try again' }).click();
        await answers().getByText('All of the answer.').waitFor();

        expect(await answers().count()).toBe(1);
        expect(provider.requests[1]?.body).toEqual(provider.requests[0]?.body);
        expect(await page.getByRole('alert').count()).toBe(0);
      },
      timeoutMs,
    );
  });

  describe('that shows a stream', () => {
    const openHarness = async (): Promise<void> => {
      await open({ script: await scriptOf('test/examples/reactHarness.ts') });
    };
    const mount = (name: Parameters<ReactHarness['mount']>[0]) =>
      page.evaluate((mounted) => {
        harness.mount(mounted);
      }, name);
    const shows = (text: string) => page.locator('main').getByText(text, { exact: true }).waitFor();
    const counts = () => page.evaluate(() => harness.counts);

    it('subscribes once under StrictMode, and unsubscribes when it is unmounted', async () => {
      await openHarness();
      await mount('endless');
      await shows('streaming one -');
      // By then an unsubscribing that StrictMode caused would have been done.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 20)));

      expect(await counts()).toMatchObject({ subscribed: 1, unsubscribed: 0 });

      await page.evaluate(() => {
        harness.unmount();
      });
      await page.waitForFunction(() => harness.counts.unsubscribed === 1);

      expect(await counts()).toMatchObject({ subscribed: 1, unsubscribed: 1 });
    });

    it('leaves a stream for another', async () => {
      await openHarness();
      await mount('endless');
      await shows('streaming one -');
      await page.evaluate(() => {
        harness.change('other');
      });
      await shows('streaming two -');
      await page.waitForFunction(() => harness.counts.unsubscribed === 1);

      expect(await counts()).toMatchObject({ subscribed: 2, unsubscribed: 1 });
    });

    it.each([
      ['synchronous', 'done abc -'],
      ['failing', 'error half cut'],
    ] as const)('shows the last value of one that is %s', async (name, text) => {
      await openHarness();
      await mount(name);
      await shows(text);

      expect(await counts()).toMatchObject({ subscribed: 1, unsubscribed: 1 });
    });

    it('is rendered once per paint, whatever comes in between', async () => {
      await openHarness();
      await mount('pushed');
      await shows('connecting - -');
      const { before, frames } = await page.evaluate(async () => {
        const start = harness.counts.commits;
        let painted = 0;
        for (const startMs = performance.now(); performance.now() - startMs < 500; painted += 1) {
          harness.push(100);
          await new Promise((resolve) => setTimeout(resolve));
          harness.push(100);
          await new Promise(requestAnimationFrame);
        }
        return { before: start, frames: painted };
      });
      await shows(`streaming ${frames * 200} -`);
      const commits = (await counts()).commits - before;

      expect(frames).toBeGreaterThan(5);
      expect(commits).toBeGreaterThan(frames / 2);
      expect(commits).toBeLessThanOrEqual(frames + 1);
    });
  });
});

describe('useStream', () => {
  it('starts nothing on a server', () => {
    let subscribed = 0;
    const source$ = new Observable<string>(() => {
      subscribed += 1;
    });
    const Shown = () => useStream(source$).status;

    expect(renderToString(createElement(Shown))).toBe('idle');
    expect(subscribed).toBe(0);
  });
});
