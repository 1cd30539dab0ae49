/**
 * Uses the packed library in an application of each Angular that it is for: built, opened in a browser, and tested with
 * each test runner. Prints the seconds that each took; fails with the output of whatever failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { packTarball } from '../package/tarball.ts';
import { Timetable } from '../package/Timetable.ts';
import { manifest } from '../support/entryPoints.ts';
import { type Cell, type Command, readCommand } from './command.ts';
import { applicationOf } from './install.ts';
import { runners } from './runners.ts';
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

const table = new Timetable();

const runCells = async (target: Target, own: readonly Cell[], tarball: string): Promise<void> => {
  const { label } = target;
  let folder = '';
  const isReady = await table.timed(label, 'install', async () => {
    folder = await applicationOf(target, tarball);
  });
  if (!isReady) return;
  try {
    let isBuilt = false;
    for (const { runner } of own) {
      if (runner === 'browser' && !isBuilt) continue;
      const isWell = await table.timed(label, runner, () => runners[runner]({ folder, target }));
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

table.finish();
