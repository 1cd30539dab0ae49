import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { executeNode } from '../package/execute.ts';
import { programOf } from '../package/programOf.ts';
import { entryPoints } from '../support/entryPoints.ts';
import { checkInBrowser } from './checkInBrowser.ts';
import type { Target } from './targets.ts';

/** An application that is ready to be built and tested. */
export interface Place {
  readonly folder: string;
  readonly target: Target;
}

const tsc = (folder: string, ...args: readonly string[]): Promise<string> =>
  executeNode([programOf(folder, 'typescript', 'tsc'), '--noEmit', ...args], { cwd: folder });

const ng = ({ folder }: Place, ...args: readonly string[]): Promise<string> =>
  executeNode([programOf(folder, '@angular/cli', 'ng'), ...args], { cwd: folder });

/** Every declaration that is published, the framework's with them; then the application's spec. */
const types = async ({ folder }: Place): Promise<void> => {
  const imports = entryPoints
    // Its peer is nothing that a page has; `npm run check:consumers` checks its types.
    .filter(({ specifier }) => !specifier.endsWith('/otel'))
    .map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`);
  writeFileSync(join(folder, 'entries.mts'), imports.join(''));
  const project = ['-p', 'tsconfig.entries.json'];
  await tsc(folder, ...project);
  await tsc(folder, ...project, '--module', 'esnext', '--moduleResolution', 'bundler');
  await tsc(folder, '-p', 'tsconfig.spec.json');
};

const build = async (place: Place): Promise<void> => {
  const output = await ng(place, 'build', '--configuration', place.target.zone ? 'production,zone' : 'production');
  // A production build without any warning is what a user expects.
  if (/warning/i.test(output)) throw new Error(`ng build warns\n${output}`);
};

const jestArgs = ['--ci', '--no-cache', '--config'];

const jest = async ({ folder }: Place): Promise<void> => {
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const args = [...node, programOf(folder, 'jest'), ...jestArgs, 'jest.config.mjs'];
  await executeNode(args, { cwd: folder });
  // What does not reach for the network needs nothing that jsdom has not.
  await executeNode([...args, '--env', 'jsdom', '--testNamePattern', 'with fakeLlm'], { cwd: folder });
};

const jestCjs = async ({ folder }: Place): Promise<void> => {
  await executeNode([programOf(folder, 'jest'), ...jestArgs, 'jest.config.cjs'], { cwd: folder });
};

const vitest = async ({ folder }: Place): Promise<void> => {
  await executeNode([programOf(folder, 'vitest'), 'run'], { cwd: folder });
};

const ngTest = async (place: Place): Promise<void> => {
  const { zone, variant } = place.target;
  const configuration = zone ? ['--configuration', 'zone'] : ['--configuration', 'zoneless'];
  await ng(place, 'test', ...(variant === undefined ? [] : configuration));
};

export type Runner = keyof typeof runners;

/** What is done with each Angular, in this order. */
export const runners = {
  types,
  build,
  browser: ({ folder }: Place) => checkInBrowser(folder),
  jest,
  'jest-cjs': jestCjs,
  vitest,
  'ng-test': ngTest,
} satisfies Record<string, (place: Place) => Promise<void>>;
