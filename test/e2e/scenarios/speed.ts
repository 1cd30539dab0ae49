import assert from 'node:assert/strict';

import { ChatPage } from '../harness/ChatPage.ts';
import { type AnswerCost, measureAnswer } from '../harness/measureAnswer.ts';
import type { Scenario, Stage } from '../harness/Scenario.ts';
import { speedTable } from '../harness/speedTable.ts';
import { startNaivePage } from '../naive/startNaivePage.ts';

declare const ask: (prompt: string, limitMs: number) => Promise<void>;
declare const isDone: boolean | undefined;

const limitMs = 60_000;

/** `giveUpMs`: for as long the page goes on; for 50,000 tokens it would for minutes. */
const costOfNaivePage = async ({ provider, newPage }: Stage, prompt: string, giveUpMs: number): Promise<AnswerCost> => {
  const naive = await startNaivePage(provider);
  const page = await newPage();
  try {
    await page.goto(naive.url);
    return await measureAnswer({
      page,
      provider,
      selector: '#answer',
      // Not awaited in the page: it is asked, and answers later.
      ask: () => page.evaluate(([asked, ms]) => void ask(asked, ms), [prompt, giveUpMs] as const),
      isDone: () =>
        page.waitForFunction(() => typeof isDone !== 'undefined', undefined, { timeout: limitMs, polling: 50 }),
      limitMs,
    });
  } finally {
    await page.close();
    naive.close();
  }
};

const costOfApplication = async ({ provider, newPage, url }: Stage, prompt: string): Promise<AnswerCost> => {
  const page = await newPage();
  const chat = new ChatPage(page);
  try {
    await page.goto(url);
    await chat.message.fill(prompt);
    return await measureAnswer({
      page,
      provider,
      selector: '[role=log]',
      ask: () => chat.message.press('Enter'),
      isDone: () => chat.settled(),
      limitMs,
    });
  } finally {
    await page.close();
  }
};

/** How fast the answer really came: timers keep no exact time. */
const perSecond = (tokens: number, { elapsedMs, latencyMs }: AnswerCost): string =>
  Math.round(tokens / ((elapsedMs - latencyMs) / 1_000)).toLocaleString('en-US');

/** The better of two: what a machine that does other things, too, adds is not the page's. */
const better = (one: AnswerCost, other: AnswerCost): AnswerCost => (one.busyMs <= other.busyMs ? one : other);

/** What long answers cost, beside what they cost on a page as one writes it the first time. */
export const speed: readonly Scenario[] = [
  {
    name: 'long answer',
    title: '5,000 tokens, a millisecond apart, are shown with much less work',
    async play(stage) {
      const prompt = 'Long answer';
      // Interleaved, so that what else the machine does meets both.
      const naives = [await costOfNaivePage(stage, prompt, 20_000)];
      const applications = [await costOfApplication(stage, prompt)];
      naives.push(await costOfNaivePage(stage, prompt, 20_000));
      applications.push(await costOfApplication(stage, prompt));
      const [naive, application] = [naives.reduce(better), applications.reduce(better)];
      stage.figures(
        speedTable(`5,000 tokens, ${perSecond(5_000, application)}/s, better of 2`, {
          'all of it anew for every token': naive,
          'the application': application,
        }),
      );
      // Of what it does, a part is the same on any page: to draw a few hundred frames.
      assert.ok(application.busyMs < naive.busyMs * (2 / 3), 'it works more than two thirds as much');
      // A machine may be so fast that neither of them is late; then there is little to halve.
      assert.ok(application.droppedFrames <= naive.droppedFrames / 2 + 30, 'it drops more than half as many frames');
      assert.ok(application.latencyMs <= naive.latencyMs + 250, 'its end comes later');
      assert.ok(application.longestTaskMs <= naive.longestTaskMs + 150, 'it stands still for longer');
    },
  },
  {
    name: 'very long answer',
    title: '50,000 tokens stay smooth: no character costs more because of those before it',
    async play(stage) {
      const giveUpMs = 10_000;
      const naive = await costOfNaivePage(stage, 'Very long answer', giveUpMs);
      const application = await costOfApplication(stage, 'Very long answer');
      stage.figures(
        speedTable(`50,000 tokens, ${perSecond(50_000, application)}/s`, {
          [`all of it anew for every token, for ${giveUpMs / 1_000} s`]: naive,
          'the application': application,
        }),
      );
      const perChar = ({ busyMs, shownChars }: AnswerCost): number => busyMs / shownChars;
      assert.ok(application.shownChars > 100_000, `it shows ${application.shownChars} characters`);
      assert.ok(
        perChar(application) < perChar(naive) / 2,
        'a character costs more than half of one at the start there',
      );
      assert.ok(application.latencyMs < 3_000, `its end comes ${application.latencyMs} ms late`);
    },
  },
];
