/**
 * Uses the packed library in an application of each Angular that it is for: built, opened in a browser, and tested with
 * each test runner. Prints the seconds that each took; fails with the output of whatever failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { manifest } from '../support/entryPoints.ts';
import { type Cell, type Command, readCommand } from './command.ts';
import { applicationIn, installed } from './install.ts';
import { runners } from './runners.ts';
import { packTarball } from './tarball.ts';
import type { Target } from './targets.ts';

const command = (): Command => {
  try {
    return readCommand(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
};

const { cells, keep, tarball: given } = command();

const rows: Record<string, Record<string, string>> = {};
const failures: string[] = [];

/** Does something and notes how long it took; says whether it went well. */
const timed = async (label: string, column: string, work: () => Promise<void>): Promise<boolean> => {
  const startMs = performance.now();
  const seconds = (): string => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  const row = (rows[label] ??= {});
  try {
    await work();
    row[column] = seconds();
    console.log(`${label}: ${column} ${row[column]}`);
    return true;
  } catch (error) {
    row[column] = 'FAILED';
    const reason = error instanceof Error ? error.message : String(error);
    failures.push(`${label}: ${column} failed after ${seconds()}\n${reason}`);
    console.error(`\n${failures.at(-1)}\n`);
    return false;
  }
};

const runCells = async (target: Target, own: readonly Cell[], tarball: string): Promise<void> => {
  const { label, variant, version } = target;
  let folder = '';
  const isReady = await timed(label, 'install', async () => {
    folder = await applicationIn(await installed(version, tarball), tarball, variant);
  });
  if (!isReady) return;
  try {
    let isBuilt = false;
    for (const { runner } of own) {
      if (runner === 'browser' && !isBuilt) continue;
      const isWell = await timed(label, runner, () => runners[runner]({ folder, target }));
      if (runner === 'build') isBuilt = isWell;
    }
  } finally {
    if (keep) console.log(`${label}: kept in ${folder}`);
    else rmSync(folder, { recursive: true });
  }
};

const packing = mkdtempSync(join(tmpdir(), `${manifest.name}-packed-`));
try {
  const tarball = given === undefined ? await packTarball(packing) : resolve(given);
  for (const target of new Set(cells.map((cell) => cell.target))) {
    await runCells(
      target,
      cells.filter((cell) => cell.target === target),
      tarball,
    );
  }
} finally {
  rmSync(packing, { recursive: true });
}

console.table(rows);
if (cells.length === 0 || failures.length > 0) {
  console.error(cells.length === 0 ? 'Nothing to do' : `${failures.length} failed; their output is above`);
  process.exitCode = 1;
}
