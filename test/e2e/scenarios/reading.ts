import assert from 'node:assert/strict';

import type { Page } from 'playwright-core';

import type { Scenario } from '../harness/Scenario.ts';
import { until } from '../harness/until.ts';

/** Where the conversation stands: how far it is scrolled, and how far it is to its end. */
const scrolled = (page: Page): Promise<{ top: number; toEnd: number }> =>
  page.evaluate(() => {
    let scroller: Element | null = document.querySelector('[role=log]');
    while (
      scroller &&
      !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY))
    ) {
      scroller = scroller.parentElement;
    }
    const { scrollTop, scrollHeight, clientHeight } = scroller ?? document.documentElement;
    return { top: scrollTop, toEnd: scrollHeight - clientHeight - scrollTop };
  });

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? (element?.textContent ?? '').trim();
  });

/** Presses Tab until the element of that name has the focus. */
const tabTo = async (page: Page, name: string): Promise<void> => {
  const seen: string[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now === name) return;
    seen.push(now.slice(0, 30));
  }
  throw new Error(`Tab does not lead to "${name}" but to ${seen.join(', ')}`);
};

/** Whether an element that has the focus looks different from one that has not. */
const hasFocusRing = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const looks = (element: Element | null | undefined) => {
      if (!element) return '';
      const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(element);
      return [outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor].join();
    };
    const element = document.activeElement as HTMLElement;
    const around = [element, element.parentElement, element.parentElement?.parentElement, element.closest('form')];
    const before = around.map(looks).join('|');
    element.blur();
    const after = around.map(looks).join('|');
    element.focus();
    return before !== after;
  });

/** Reading and writing in one's own way. */
export const reading: readonly Scenario[] = [
  {
    name: 'keyboard',
    title: 'the keyboard alone is enough: ask, stop, ask again',
    async play({ page, chat, provider }) {
      if ((await focused(page)) !== 'Message') await tabTo(page, 'Message');
      assert.ok(await hasFocusRing(page), 'nothing shows where the focus is');
      const before = provider.requests.length;
      await page.keyboard.type('Long');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('answer');
      assert.equal(await chat.message.inputValue(), 'Long\nanswer');
      assert.equal(provider.requests.length, before, 'a line break sent it');
      await page.keyboard.press('Control+A');
      await page.keyboard.type('Long answer');
      await page.keyboard.press('Enter');
      await chat.textOf(200);
      assert.equal(await focused(page), 'Message', 'the focus went away');
      await tabTo(page, 'Stop');
      assert.ok(await hasFocusRing(page), 'nothing shows that Stop has the focus');
      await page.keyboard.press('Space');
      await until(() => provider.requests.at(-1)?.endedBy === 'client', 'the server saw that the page left');
      await chat.settled();
      assert.notEqual(await focused(page), '', 'the focus is nowhere');
      assert.ok(!(await page.evaluate(() => document.activeElement === document.body)), 'the focus is nowhere');
      if ((await focused(page)) !== 'Message') await tabTo(page, 'Message');
      await page.keyboard.type('Say something short');
      await page.keyboard.press('Enter');
      await chat.answers.nth(1).waitFor({ state: 'attached' });
      await chat.settled();
      await tabTo(page, 'Regenerate');
    },
  },
  {
    name: 'scrolled up',
    title: 'the end is followed, but a reader who scrolled up is left where they are',
    async play({ page, chat }) {
      await chat.ask('Long answer');
      await chat.textOf(4_000);
      await until(async () => (await scrolled(page)).top > 200, 'the end was followed');
      assert.ok((await scrolled(page)).toEnd < 200, 'the end was not followed');
      await chat.conversation.hover();
      await page.mouse.wheel(0, -600);
      let before = await scrolled(page);
      await until(async () => {
        const now = await scrolled(page);
        const isStill = now.top === before.top;
        before = now;
        return isStill && now.toEnd > 100;
      }, 'it could be scrolled up');
      const { length } = await chat.textOf(1);
      await chat.textOf(length + 3_000);
      const after = await scrolled(page);
      assert.equal(after.top, before.top, 'the reader was dragged along');
      assert.ok(after.toEnd > before.toEnd, 'nothing came');
      await chat.stop.click();
      await chat.settled();
      assert.equal((await scrolled(page)).top, before.top, 'the end of the answer dragged the reader along');
    },
  },
  {
    name: 'dark',
    title: 'the page is dark where the reader wants it so',
    browser: { colorScheme: 'dark' },
    async play({ page, chat, accessible, picture }) {
      await chat.ask('Write some Markdown');
      await chat.settled();
      const colours = await page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.body);
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        return [backgroundColor, color].map((colour) => {
          if (!canvas) return 0;
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
          return (red + green + blue) / 3;
        });
      });
      const [behind = 255, text = 0] = colours;
      assert.ok(behind < 70 && text > 180, `text of ${text} on ${behind}, of 255`);
      await accessible('dark');
      await picture('dark');
    },
  },
  {
    name: 'narrow',
    title: 'a narrow screen shows all of it, and is not scrolled sideways',
    browser: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
    async play({ page, chat, accessible, picture }) {
      await accessible('narrow, empty');
      await picture('narrow, empty');
      await chat.ask('Write some Markdown');
      await chat.settled();
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(tooWide <= 0, `it is ${tooWide} pixels too wide`);
      assert.ok(await chat.message.isVisible());
      await accessible('narrow');
      await picture('narrow');
    },
  },
];
