import assert from 'node:assert/strict';

import type { Scenario } from '../harness/Scenario.ts';
import { until } from '../harness/until.ts';

/** What goes wrong on the way, and what a person then can do. */
export const failures: readonly Scenario[] = [
  {
    name: 'cut connection',
    title: 'a cut connection leaves the text, and Try again gives the whole answer once',
    expects: /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/,
    async play({ chat, provider, accessible, picture }) {
      await chat.ask('Cut the connection');
      await chat.alert.first().waitFor();
      const partial = await chat.prose();
      assert.ok(partial.length > 50, `it kept only "${partial}"`);
      await accessible('cut');
      await picture('cut');
      const before = provider.requests.length;
      await chat.button('Try again').click();
      await until(() => provider.requests.length > before, 'it asked again');
      await chat.settled();
      assert.equal(await chat.answers.count(), 1);
      assert.equal(await chat.questions.count(), 1);
      assert.equal(await chat.alert.filter({ hasText: /\S/ }).count(), 0);
      const whole = await chat.prose();
      assert.ok(whole.length > partial.length, `"${whole}" is not more than "${partial}"`);
      assert.equal(whole.split(partial.slice(0, 40)).length - 1, 1, 'the beginning is not there exactly once');
      assert.equal(provider.requests.at(-1)?.endedBy, 'server');
    },
  },
  {
    name: 'overloaded',
    title: 'an overloaded server is asked again after a countdown',
    expects: /status of 429/,
    async play({ page, chat, provider, accessible, picture }) {
      const before = provider.requests.length;
      await chat.ask('Overloaded');
      const countdown = page.getByText(/Trying again in \d+ s/);
      await countdown.waitFor();
      const secondsLeft = async (): Promise<number> =>
        Number(/in (\d+) s/.exec((await countdown.textContent()) ?? '')?.[1]);
      const first = await secondsLeft();
      await accessible('countdown');
      await picture('countdown');
      assert.equal(await page.locator('[aria-live=assertive], [role=alert]').filter({ has: countdown }).count(), 0);
      if (first > 1) {
        await until(
          async () => !(await countdown.isVisible()) || (await secondsLeft()) < first,
          'the seconds went down',
        );
      }
      await countdown.waitFor({ state: 'hidden' });
      await chat.settled();
      assert.ok((await chat.textOf(1)).length > 0);
      assert.ok(provider.requests.length - before >= 2, 'it was asked only once');
      assert.equal(await chat.answers.count(), 1);
    },
  },
];
