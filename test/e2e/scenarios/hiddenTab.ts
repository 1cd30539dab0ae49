import assert from 'node:assert/strict';

import { RawChromium } from '../harness/RawChromium.ts';
import type { Scenario } from '../harness/Scenario.ts';
import { until } from '../harness/until.ts';

/** Finds the textbox as a person would, types, and sends. */
const ask = (question: string): string => `(async () => {
  const box = await new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector('textarea, input[type=text], input:not([type])');
      if (found) resolve(found);
      else setTimeout(look, 20);
    };
    look();
  });
  box.focus();
  document.execCommand('insertText', false, ${JSON.stringify(question)});
  const send = () => [...document.querySelectorAll('button')].find((button) =>
    (button.getAttribute('aria-label') ?? button.textContent).trim() === 'Send');
  while (!send() || send().disabled) await new Promise((resolve) => setTimeout(resolve, 5));
  globalThis.frames_ = 0;
  const count = () => { globalThis.frames_ += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  send().click();
})()`;

const shownChars = `[...document.querySelectorAll('article')].at(-1)?.textContent.length ?? 0`;

/** Nobody looks, and the answer comes all the same. */
export const hiddenTab: Scenario = {
  name: 'hidden tab',
  title: 'in a hidden tab the answer goes on, is shown whole and ends',
  async play({ url, provider, note }) {
    const chromium = await RawChromium.start();
    try {
      const page = await chromium.open(url);
      const number = async (expression: string) => Number(await page.evaluate(expression));
      await page.evaluate(ask('Long answer'));
      await until(async () => (await number(shownChars)) > 500, 'the answer began');
      await chromium.open('about:blank');
      await until(async () => (await page.evaluate('document.visibilityState')) === 'hidden', 'the tab was hidden');
      const [charsBefore, framesBefore] = [await number(shownChars), await number('frames_')];
      await until(() => provider.requests.at(-1)?.endedBy === 'server', 'the server said all', 30_000);
      const sentMs = performance.now();
      const isBusy = `[...document.querySelectorAll('button')].some((button) =>
        (button.getAttribute('aria-label') ?? button.textContent).trim() === 'Stop' && button.checkVisibility())`;
      await until(async () => (await page.evaluate(isBusy)) === false, 'the answer ended in the hidden tab', 5_000);
      const tookMs = performance.now() - sentMs;
      const [charsAfter, framesAfter] = [await number(shownChars), await number('frames_')];
      assert.equal(await page.evaluate('document.visibilityState'), 'hidden');
      assert.ok(
        framesAfter - framesBefore <= 2,
        `the tab drew ${framesAfter - framesBefore} frames: it was not hidden`,
      );
      assert.ok(charsAfter > charsBefore + 5_000, `${charsBefore} characters before, ${charsAfter} after`);
      note(
        `${charsAfter - charsBefore} characters came while hidden; done ${tookMs.toFixed(0)} ms after the last byte`,
      );
      await chromium.show(page);
      await until(
        async () => (await page.evaluate('document.visibilityState')) === 'visible',
        'the tab was shown again',
      );
      assert.equal(await number(shownChars), charsAfter);
    } finally {
      await chromium.close();
    }
  },
};
