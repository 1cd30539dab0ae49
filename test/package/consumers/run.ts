/**
 * Packs the library and uses it as applications do: on each runtime, with each compiler and each bundler. Prints the
 * seconds that each took; fails with the output of whatever failed. `npm run check:angular` does the same for Angular.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { manifest } from '../../support/entryPoints.ts';
import { packTarball } from '../tarball.ts';
import { Timetable } from '../Timetable.ts';
import { type Command, readCommand } from './command.ts';
import { type Consumer, kinds } from './Consumer.ts';

const command = (): Command => {
  try {
    return readCommand(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
};

const { consumers, list, keep, built, tarball: given } = command();
if (list) {
  for (const { kind, label, cells } of consumers) console.log(`${kind}: ${label}: ${Object.keys(cells).join(', ')}`);
  process.exit();
}

const runCells = async (table: Timetable, { label, prepare, cells }: Consumer, tarball: string): Promise<void> => {
  let folder = '';
  const isReady = await table.timed(label, 'install', async () => {
    folder = await prepare(tarball);
  });
  if (!isReady) return;
  for (const [column, work] of Object.entries(cells)) await table.timed(label, column, () => work(folder));
  if (keep) console.log(`${label}: kept in ${folder}`);
  else rmSync(folder, { recursive: true });
};

const packing = mkdtempSync(join(tmpdir(), `${manifest.name}-packed-`));
try {
  const tarball =
    given === undefined ? await packTarball(packing, built ? 'as it was built' : 'as it is now') : resolve(given);
  const tables: Timetable[] = [];
  for (const kind of kinds) {
    const some = consumers.filter((consumer) => consumer.kind === kind);
    if (some.length === 0) continue;
    const table = new Timetable();
    tables.push(table);
    for (const consumer of some) await runCells(table, consumer, tarball);
  }
  // At the end, where they are seen together.
  for (const table of tables) table.finish();
} finally {
  rmSync(packing, { recursive: true });
}
