import assert from 'node:assert/strict';

import type { Scenario, Stage } from '../harness/Scenario.ts';

/** What the provider was told with the newest request, as text. */
const told = ({ provider }: Stage): string => JSON.stringify(provider.requests.at(-1)?.body);

/** Answers that hold more than text. */
export const parts: readonly Scenario[] = [
  {
    name: 'tool approval',
    title: 'a tool runs once it is approved, and its result goes back to the model',
    async play(stage) {
      const { chat, provider, accessible, picture } = stage;
      const before = provider.requests.length;
      await chat.ask('Use a tool');
      await chat.button('Approve').waitFor();
      assert.equal(provider.requests.length, before + 1, 'the tool ran before it was approved');
      await accessible('approval');
      await picture('approval');
      await chat.button('Approve').click();
      await chat.settled();
      assert.equal(provider.requests.length, before + 2);
      assert.match(told(stage), /"role":"tool"|tool_result|function_call_output/);
      assert.equal(await chat.button('Approve').count(), 0);
      assert.equal(await chat.answers.count(), 1);
      await accessible('tool ran');
      await picture('tool ran');
    },
  },
  {
    name: 'tool denial',
    title: 'a tool that is denied does not run, and the model is told',
    async play(stage) {
      const { chat, provider } = stage;
      const before = provider.requests.length;
      await chat.ask('Use a tool');
      await chat.button('Deny').click();
      await chat.settled();
      assert.equal(provider.requests.length, before + 2);
      assert.match(told(stage), /den(y|ied)|declin|reject|refus|not (approved|allowed)/i);
      assert.equal(await chat.button('Deny').count(), 0);
    },
  },
  {
    name: 'reasoning',
    title: 'reasoning is shown while it comes, and folds away when the answer begins',
    async play({ page, chat, accessible, picture }) {
      await chat.ask('Think first');
      const details = chat.answer.locator('details', { has: page.locator('summary', { hasText: 'Reasoning' }) });
      await details.waitFor();
      const isOpen = () => details.evaluate((element: HTMLDetailsElement) => element.open);
      await accessible('thinking');
      await picture('thinking');
      await chat.settled();
      assert.equal(await isOpen(), false, 'it is open though the answer is there');
      await details.locator('summary').press('Enter');
      assert.equal(await isOpen(), true, 'it does not open');
      assert.ok((await details.innerText()).length > 'Reasoning'.length + 10, 'it holds nothing');
      await accessible('reasoning');
      await picture('reasoning');
    },
  },
  {
    name: 'side by side',
    title: 'two models answer one question at the same time',
    async play({ page, chat, provider, accessible, picture }) {
      await page.getByRole('link', { name: 'Compare' }).click();
      const models = page.locator('section');
      await models.nth(1).waitFor();
      const before = provider.requests.length;
      await chat.message.fill('Write some Markdown');
      await chat.message.press('Enter');
      await page.waitForFunction(() =>
        [...document.querySelectorAll('section')].every(({ textContent }) => textContent.length > 150),
      );
      assert.equal(provider.requests.length, before + 2);
      const open = provider.requests.slice(before).map(({ endedBy }) => endedBy);
      assert.deepEqual(open, [undefined, undefined], 'they do not answer at the same time');
      await accessible('side by side');
      await picture('side by side');
      await chat.settled();
      const asked = provider.requests.slice(before).map(({ body }) => (body as { model?: string }).model);
      assert.equal(new Set(asked).size, 2, `both are ${asked[0]}`);
      assert.equal(await models.count(), 2);
      for (const section of await models.all()) {
        const name =
          (await section.getAttribute('aria-label')) ?? (await section.getByRole('heading').first().innerText());
        assert.ok(name.trim() !== '', 'a section has no name');
      }
    },
  },
];
