import assert from 'node:assert/strict';

import { endedByClientMs } from '../harness/endedByClientMs.ts';
import type { Scenario } from '../harness/Scenario.ts';
import { until } from '../harness/until.ts';

const stats = /[\d,.]+ tokens · [\d,.]+ tokens\/s · TTFT [\d.]+ s/;

/** Asking, reading, stopping, asking again. */
export const conversation: readonly Scenario[] = [
  {
    name: 'streaming',
    title: 'an answer is shown as it comes, as Markdown, and its figures beneath it',
    async play({ page, chat, provider, accessible, picture }) {
      await accessible('empty');
      await picture('empty');
      assert.equal(await chat.conversation.getAttribute('aria-live'), 'off');
      await chat.button('Write some Markdown').click();
      const first = await chat.textOf(20);
      assert.ok(await chat.stop.isVisible(), 'the answer comes in one piece');
      await accessible('streaming');
      await picture('streaming');
      await chat.settled();
      const whole = await chat.textOf(first.length + 1);
      assert.ok(whole.length > first.length);
      assert.ok((await chat.answer.locator('h1, h2, h3').count()) > 0, 'no heading was rendered');
      assert.ok((await chat.answer.locator('pre code').count()) > 0, 'no code block was rendered');
      assert.ok((await chat.answer.locator('li').count()) > 0, 'no list was rendered');
      assert.match((await page.getByTestId('stats').last().textContent()) ?? '', stats);
      assert.notEqual((await page.getByRole('status').first().textContent())?.trim(), '');
      assert.equal(provider.requests.at(-1)?.endedBy, 'server');
      await accessible('answered');
      await picture('answered');
    },
  },
  {
    name: 'stop',
    title: 'Stop closes the connection at once and keeps the text',
    async play({ chat, provider, accessible, picture, note }) {
      await chat.ask('Long answer');
      await chat.textOf(500);
      const tookMs = await endedByClientMs(provider, chat.stop);
      note(`the server saw it after ${tookMs.toFixed(0)} ms`);
      assert.ok(tookMs < 250, `the server saw it after ${tookMs} ms`);
      await chat.settled();
      const kept = await chat.textOf(500);
      await accessible('stopped');
      await picture('stopped');
      assert.equal(await chat.textOf(500), kept);
      await chat.ask('And now something short');
      await chat.settled();
      assert.equal(await chat.answers.count(), 2);
    },
  },
  {
    name: 'reload',
    title: 'a reload in the middle of an answer goes on where it was, and the model is asked once',
    async play({ page, chat, provider, note }) {
      const before = provider.requests.length;
      await chat.ask('Something short first');
      await chat.settled();
      await chat.ask('Long answer');
      await chat.textOf(3_000);
      const beginning = (await chat.prose()).slice(0, 1_000);
      await page.reload();
      await chat.stop.waitFor();
      assert.equal(await chat.questions.count(), 2);
      assert.equal(await chat.answers.count(), 2);
      await chat.textOf(3_000);
      assert.ok(await chat.stop.isVisible(), 'the answer was over before the page was back');
      note(`${(await chat.prose()).length} characters were there again, while more came`);
      await chat.settled();
      const whole = await chat.prose();
      assert.equal(whole.slice(0, 1_000), beginning);
      assert.equal(whole.split(beginning.slice(0, 80)).length - 1, 1, 'the beginning is not there exactly once');
      assert.equal(provider.requests.length - before, 2);
      assert.equal(provider.requests.at(-1)?.endedBy, 'server');
      await page.reload();
      assert.equal((await chat.textOf(3_000)).length > 3_000, true);
      assert.equal(await chat.stop.isVisible(), false);
      assert.equal(provider.requests.length - before, 2);
    },
  },
  {
    name: 'reload and approve',
    title: 'a tool call that waits for approval waits again after a reload',
    async play({ page, chat, provider }) {
      const before = provider.requests.length;
      await chat.ask('Use a tool');
      await chat.button('Approve').waitFor();
      await page.reload();
      await chat.button('Approve').click();
      await chat.settled();
      assert.match(await chat.prose(), /sunny/);
      assert.equal(await chat.answers.count(), 1);
      assert.equal(provider.requests.length - before, 2);
    },
  },
  {
    name: 'regenerate',
    title: 'Regenerate puts another answer in the place of the last',
    async play({ chat, provider }) {
      await chat.ask('Say something short');
      await chat.settled();
      const before = provider.requests.length;
      await chat.button('Regenerate').last().click();
      await until(() => provider.requests.length > before, 'it asked again');
      await chat.settled();
      assert.equal(await chat.answers.count(), 1);
      assert.equal(await chat.questions.count(), 1);
      assert.deepEqual(provider.requests.at(-1)?.body, provider.requests.at(before - 1)?.body);
      assert.ok((await chat.textOf(1)).length > 0);
    },
  },
];
