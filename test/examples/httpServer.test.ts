import type { Page } from 'playwright-core';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { axeFindings } from '../support/axe.ts';
import { describeInChromium } from '../support/chromium.ts';
import { exampleServer } from '../support/exampleServer.ts';
import { observed } from '../support/observed.ts';
import { provider, until } from '../support/provider.ts';
import { answerServerContract, timeoutMs } from './answerServerContract.ts';

const command = ['examples/http-server/main.ts'];

describe('the server with plain http', () => {
  answerServerContract({
    command,
    env: {},
    async signIn(origin) {
      const { headers } = await fetch(origin);
      return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '' };
    },
  });

  it(
    'keeps its session from scripts and from other sites, and gives no other to who has one',
    async () => {
      const { origin } = await exampleServer(command);
      const [cookie = ''] = (await fetch(origin)).headers.getSetCookie();
      const again = await fetch(origin, { headers: { cookie: cookie.split(';')[0] ?? '' } });

      expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
      expect(again.headers.getSetCookie()).toEqual([]);
      expect((await fetch(`${origin}/nothing`)).status).toBe(404);
    },
    timeoutMs,
  );
});

describeInChromium('its page', (browser) => {
  const text = Array.from({ length: 100 }, (_, at) => `word${at}`).join(' ');
  let page: Page;
  const article = () => page.getByRole('article', { name: 'Answer' });

  const ask = async (count: number, origin: string): Promise<readonly string[]> => {
    page = await browser().newPage();
    page.setDefaultTimeout(20_000);
    const problems = observed(page);
    await page.goto(origin);
    await page.getByRole('textbox', { name: 'Question' }).fill('<b>What?</b>');
    await page.keyboard.press('Enter');
    await article().getByText(`word${count}`).waitFor();
    return problems;
  };
  const serve = async (frameMs: number) => {
    const model = await provider({ replies: [{ deltas: answer({ text }), frameMs }] });
    const { origin } = await exampleServer(command, { OPENAI_BASE_URL: model.baseUrl(openAiChat) });
    return { ...model, origin };
  };
  afterEach(() => page.close());

  it(
    'goes on with an answer after a reload, and shows it when it is whole',
    async () => {
      const { origin, requests } = await serve(30);
      const problems = await ask(10, origin);
      await page.reload();
      await article().getByText('word12').waitFor();

      expect(await article().textContent()).not.toContain('word99');
      await page.getByText('The answer is complete.').waitFor();
      expect(await article().textContent()).toBe(text);

      await page.reload();
      await page.getByText('The answer is complete.').waitFor();
      expect(await article().textContent()).toBe(text);
      expect(await axeFindings(page)).toEqual([]);
      expect(requests).toHaveLength(1);
      expect(problems).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'stops an answer after a reload, too, with the model',
    async () => {
      const { origin, requests } = await serve(200);
      const problems = await ask(3, origin);
      await page.reload();
      await article().getByText('word4').waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByText('Stopped.').waitFor();

      expect(text.startsWith((await article().textContent()) ?? '-')).toBe(true);
      await until(() => requests[0]?.endedBy === 'client', 'the model seeing the server leave', 10_000);
      expect(problems).toEqual([]);
    },
    timeoutMs,
  );
});
