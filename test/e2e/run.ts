/** The command behind `npm run e2e`: real Chromium against the built playground; see `--help`. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser, BrowserContext } from 'playwright-core';

import { preparePlayground } from '../../examples/playground/preparePlayground.ts';
import { type Playground, startPlayground } from '../../examples/playground/startPlayground.ts';
import { axeFindings } from '../support/axe.ts';
import { launchChromium } from '../support/chromium.ts';
import { observed } from '../support/observed.ts';
import { ChatPage } from './harness/ChatPage.ts';
import { type Command, readCommand, usage } from './harness/readCommand.ts';
import type { Scenario, Stage } from './harness/Scenario.ts';
import { scenarios } from './scenarios/index.ts';

const out = (text: string): void => void process.stdout.write(`${text}\n`);

interface Result {
  readonly error: unknown;
  readonly notes: readonly string[];
  readonly figures: readonly string[];
}

const stageOf = async (
  context: BrowserContext,
  { url, provider }: Playground,
  pictures: string,
): Promise<{ readonly stage: Stage; readonly notes: string[]; readonly figures: string[] }> => {
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const [notes, figures]: [string[], string[]] = [[], []];
  const stage: Stage = {
    page,
    chat: new ChatPage(page),
    url,
    provider,
    accessible: async (state) => {
      const found = await axeFindings(page);
      if (found.length > 0) throw new Error(`axe, ${state}:\n${found.join('\n')}`);
    },
    picture: async (state) => {
      await page.screenshot({ path: join(pictures, `${state.replace(/\W+/g, '-')}.png`) });
    },
    note: (text) => notes.push(text),
    figures: (table) => figures.push(table),
    newPage: () => context.newPage(),
  };
  return { stage, notes, figures };
};

/** Plays one scenario in a context of its own. */
const play = async (
  scenario: Scenario,
  browser: Browser,
  playground: Playground,
  pictures: string,
): Promise<Result> => {
  const context = await browser.newContext(scenario.browser ?? {});
  const { stage, notes, figures } = await stageOf(context, playground, pictures);
  const problems = observed(stage.page);
  const ends = async (): Promise<unknown> => {
    try {
      await stage.page.goto(playground.url);
      await scenario.play(stage);
      const unexpected = problems.filter((problem) => scenario.expects?.test(problem) !== true);
      return unexpected.length === 0 ? undefined : new Error(`the console: ${unexpected.join('\n')}`);
    } catch (error) {
      await stage.picture(`failed ${scenario.name}`).catch(() => undefined);
      return new Error([String(error instanceof Error ? error.stack : error), ...problems].join('\n'));
    }
  };
  const error = await ends();
  await context.close();
  return { error, notes, figures };
};

const playAll = async (
  chosen: readonly Scenario[],
  browser: Browser,
  playground: Playground,
  pictures: string,
): Promise<number> => {
  const tables: string[] = [];
  const width = Math.max(...chosen.map(({ name }) => name.length));
  let failed = 0;
  for (const scenario of chosen) {
    const startMs = performance.now();
    const { error, notes, figures } = await play(scenario, browser, playground, pictures);
    const seconds = `${((performance.now() - startMs) / 1_000).toFixed(1)} s`.padStart(7);
    out(
      `${error === undefined ? '✓' : '✗'} ${scenario.name.padEnd(width)} ${seconds}  ${[scenario.title, ...notes].join('; ')}`,
    );
    if (error instanceof Error) out(error.message.replace(/^/gm, '      '));
    failed += Number(error !== undefined);
    tables.push(...figures);
  }
  for (const table of tables) out(`\n${table}`);
  return failed;
};

const run = async (command: Command): Promise<number> => {
  const chosen = scenarios.filter(
    ({ name }) => command.only.length === 0 || command.only.some((part) => name.includes(part)),
  );
  if (chosen.length === 0) throw new Error(`no scenario is called ${command.only.join(', ')}; see --list`);
  if (command.list) {
    for (const { name, title } of chosen) out(`${name}: ${title}`);
    return 0;
  }
  const startMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startMs) / 1_000).toFixed(0)} s`;
  // First: where there is no browser, nothing need be built.
  const browser = await launchChromium({ headed: command.headed });
  let playground: Playground | undefined;
  try {
    const pictures = command.screenshots ?? mkdtempSync(join(tmpdir(), 'rxllm-e2e-'));
    mkdirSync(pictures, { recursive: true });
    if (!command.skipBuild) await preparePlayground({ log: out });
    playground = await startPlayground();
    out(`The playground is there after ${elapsed()}.`);
    const failed = await playAll(chosen, browser, playground, pictures);
    out(
      `\n${chosen.length - failed} of ${chosen.length} scenarios passed in Chromium ${browser.version()}, ${elapsed()}.`,
    );
    out(`Pictures: ${pictures}`);
    return Math.min(1, failed);
  } finally {
    await browser.close();
    await playground?.close();
  }
};

try {
  const command = readCommand(process.argv.slice(2));
  if (command.help) out(usage);
  else process.exitCode = await run(command);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee npm run e2e -- --help\n`);
  process.exitCode = 2;
}
