import { parseArgs } from 'node:util';

import { type Runner, runners } from './runners.ts';
import { type Target, targets } from './targets.ts';

/** One thing to do with one Angular. */
export interface Cell {
  readonly target: Target;
  readonly runner: Runner;
}

export interface Command {
  readonly cells: readonly Cell[];
  /** Whether the applications stay where they were built. */
  readonly keep: boolean;
  /** A packed library to check in place of the one in src. */
  readonly tarball: string | undefined;
}

const usage = `npm run check:angular -- [--only 20,22] [--runners ${Object.keys(runners).join(',')}] [--keep] [--tarball FILE] [--ci]`;

/** What CI has time for: the oldest and the newest Angular as new applications have them, and each runner at least once. */
const ciRunners: Readonly<Record<string, readonly Runner[]>> = {
  '20 zone.js': ['types', 'build', 'browser', 'jest-cjs'],
  '22 zoneless': ['types', 'build', 'browser', 'jest', 'jest-cjs', 'vitest'],
};

const listed = (text: string | undefined, known: readonly string[]): readonly string[] => {
  const names = text?.split(',') ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there is ${known.join(', ')}\n${usage}`);
  return names;
};

/** Reads the command line; `browser` brings `build` along, which it needs. */
export const readCommand = (args: readonly string[]): Command => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      runners: { type: 'string' },
      keep: { type: 'boolean', default: false },
      tarball: { type: 'string' },
      ci: { type: 'boolean', default: false },
    },
  });
  const versions = listed(values.only, [...new Set(targets.map(({ version }) => version))]);
  const wanted = new Set(listed(values.runners, Object.keys(runners)));
  if (wanted.has('browser')) wanted.add('build');
  const cells = targets.flatMap((target) => {
    const some = values.ci ? (ciRunners[target.label] ?? []) : (Object.keys(runners) as Runner[]);
    return versions.includes(target.version)
      ? some.filter((runner) => wanted.has(runner)).map((runner) => ({ target, runner }))
      : [];
  });
  return { cells, keep: values.keep, tarball: values.tarball };
};
