import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { type Browser, chromium } from 'playwright-core';

/** What a browser on a server or in a container needs, and what keeps it from calling home. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const places: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium', '/opt/google/chrome/chrome'],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/opt/homebrew/bin/chromium',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((variable) =>
    join(process.env[variable] ?? '', 'Google', 'Chrome', 'Application', 'chrome.exe'),
  ),
};

const installCommands: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt-get install chromium',
  darwin: 'brew install --cask chromium',
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Said where there is no Chromium; holds the one command that changes it. */
export const chromiumMissing = `There is no Chromium here: ${
  installCommands[process.platform] ?? 'npx playwright-core install chromium'
} (or say where one is: CHROMIUM_PATH=...)`;

/** Where Chromium, or Chrome, is on this machine. A `CHROMIUM_PATH` that leads nowhere is an error. */
export const findChromium = (): string | undefined => {
  const { CHROMIUM_PATH: told = '', PATH = '' } = process.env;
  if (told !== '') {
    if (isExecutable(told)) return told;
    throw new Error(`CHROMIUM_PATH is ${told}, and no program is there`);
  }
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const onPath = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name + suffix)));
  return [...(places[process.platform] ?? []), ...onPath, chromium.executablePath()].find(isExecutable);
};

/** Where Chromium is; throws, and says how to install it, where there is none. */
export const chromiumPath = (): string => {
  const path = findChromium();
  if (path === undefined) throw new Error(chromiumMissing);
  return path;
};

export interface LaunchOptions {
  /** Whether to show the window. @defaultValue false */
  readonly headed?: boolean | undefined;
}

/** Starts the Chromium of this machine; `close` it. */
export const launchChromium = ({ headed = false }: LaunchOptions = {}): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), headless: !headed, args: [...chromiumFlags] });

const isCi = (): boolean => !['', '0', 'false'].includes(process.env['CI'] ?? '');

/** How long a browser may take to start on a busy machine, in milliseconds. */
const startMs = 30_000;

/**
 * A `describe` whose tests have a real Chromium, one for all of them. Where there is none they are counted as skipped, and it
 * is said how to install it; in CI (`CI=true`) they fail.
 */
export const describeInChromium = (title: string, suite: (browser: () => Browser) => void): void => {
  let browser: Browser | undefined;
  const started = (): Browser => {
    if (!browser) throw new Error('the browser starts before the first test, not while tests are collected');
    return browser;
  };
  if (findChromium() === undefined && !isCi()) {
    // Of a suite that is skipped jest prints no titles.
    console.warn(`Skipped: ${title}. ${chromiumMissing}`);
    describe.skip(title, () => {
      suite(started);
    });
    return;
  }
  describe(title, () => {
    beforeAll(async () => {
      browser = await launchChromium();
    }, startMs);
    afterAll(() => browser?.close());
    suite(started);
  });
};
