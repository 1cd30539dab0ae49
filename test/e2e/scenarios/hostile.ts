import assert from 'node:assert/strict';

import { type Playground, startPlayground } from '../../../examples/playground/startPlayground.ts';
import { answer } from '../../../src/testing/index.ts';
import { evilOrigin, hostileMarkdown } from '../harness/hostileMarkdown.ts';
import type { Scenario, Stage } from '../harness/Scenario.ts';

declare const ran: readonly string[] | undefined;

/** Every piece of text of a few characters, so that each payload is rendered in all of its unfinished forms, too. */
const piecesOf = (text: string): readonly string[] => text.match(/[^]{1,5}/g) ?? [];

/** What must not stand in an answer, whatever the model wrote. */
const forbidden = [
  'script',
  'style',
  'iframe',
  'object',
  'embed',
  'form',
  'base',
  'meta',
  'link',
  'template',
  'video',
  'audio',
  'math',
  'svg use',
  '[srcdoc]',
  '[style*="fixed"]',
  '[style*="url"]',
  '[id="defaultView"]',
  '[name="cookie"]',
  'a[href^="javascript:" i]',
  'a[href^="data:" i]',
  'a[target=_blank]:not([rel~=noopener])',
  '[class*="cdk-overlay"]',
  `img[src^="${evilOrigin}"]`,
  `[srcset]`,
];

const inspect = ({ page }: Stage): Promise<readonly string[]> =>
  page.evaluate((selectors) => {
    const articles = [...document.querySelectorAll('article')];
    const found = selectors.filter((selector) => articles.some((article) => article.querySelector(selector)));
    const handlers = articles
      .flatMap((article) => [...article.querySelectorAll('*')])
      .flatMap(({ attributes }) => [...attributes].map(({ name }) => name))
      .filter((name) => name.startsWith('on'));
    return [...found, ...handlers];
  }, forbidden);

/** A playground whose model says `text`, in the answer and in the reasoning, a few characters at a time. */
const playgroundThatSays = (text: string): Promise<Playground> => {
  const deltas = answer({ reasoning: piecesOf(text), text: piecesOf(`${text}\n\nThe end of it.`) });
  return startPlayground({ replies: [{ deltas, frameMs: 1 }] });
};

/** Nothing that a model writes runs, or sends anything anywhere. */
export const hostile: Scenario = {
  name: 'hostile markdown',
  title: 'nothing that a model writes runs, is fetched, or covers the page',
  // The policy of the playground's server would stop much of it, too; here the application has to.
  browser: { bypassCSP: true },
  async play(stage) {
    const { page, chat, accessible, picture, note } = stage;
    const payloads = Object.entries(hostileMarkdown);
    const { url, close } = await playgroundThatSays(
      payloads.map(([name, text]) => `### ${name}\n\n${text}`).join('\n\n'),
    );
    await page.goto(url);
    const { origin } = new URL(url);
    const [asked, dialogs, popups]: [string[], string[], string[]] = [[], [], []];
    page.on('request', (request) => {
      const to = new URL(request.url());
      if (to.origin !== origin && to.protocol !== 'data:' && to.protocol !== 'blob:') asked.push(request.url());
    });
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('popup', (popup) => popups.push(popup.url()));
    try {
      await chat.ask(payloads.map(([, text]) => text).join('\n'));
      await chat.answer.getByText('The end of it.').waitFor({ timeout: 30_000 });
      await chat.settled();
      for (const details of await chat.answer.locator('details:not([open]) > summary').all()) await details.click();
      assert.deepEqual(await inspect(stage), []);
      const links = chat.answer.locator('a[href]');
      await links.evaluateAll((elements) => {
        for (const element of elements) {
          // A click that goes nowhere new: what the address would run, it runs.
          element.addEventListener('click', (event) => {
            if (/^https?:/.test((element as HTMLAnchorElement).protocol)) event.preventDefault();
          });
          (element as HTMLElement).click();
        }
      });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual(await page.evaluate(() => (typeof ran === 'undefined' ? [] : ran)), [], 'it ran');
      assert.deepEqual({ asked, dialogs, popups }, { asked: [], dialogs: [], popups: [] });
      assert.equal(page.url().startsWith(url), true, `the page went to ${page.url()}`);
      await accessible('hostile');
      await picture('hostile');
      note(`${payloads.length} payloads, ${await links.count()} links clicked`);
    } finally {
      await close();
    }
  },
};
