/** The command behind `npm run picture`: the README's picture of the playground, from real Chromium. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { preparePlayground } from '../../examples/playground/preparePlayground.ts';
import { startPlayground } from '../../examples/playground/startPlayground.ts';
import { launchChromium } from '../support/chromium.ts';
import { ChatPage } from './harness/ChatPage.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'images');
const out = (text: string): void => void process.stdout.write(`${text}\n`);

await preparePlayground({ log: out });
const browser = await launchChromium({ headed: false });
const playground = await startPlayground();
try {
  const page = await browser.newPage({ viewport: { width: 1_080, height: 660 }, colorScheme: 'light' });
  await page.goto(playground.url);
  await page.getByRole('link', { name: 'Compare' }).click();
  const chat = new ChatPage(page);
  await chat.message.fill('Write some Markdown');
  await chat.message.press('Enter');
  // While both are still at it.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('section')].every(({ textContent }) => textContent.length > 560),
  );
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'playground.png');
  await page.screenshot({ path });
  out(path);
} finally {
  await browser.close();
  await playground.close();
}
