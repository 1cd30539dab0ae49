import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { Progress } from '../bench/harness/Progress.ts';
import { type Command, listing, readCommand, usage, UsageError } from './command.ts';
import { serveCases } from './faults/serveCases.ts';
import { watchUncaught } from './faults/watchUncaught.ts';
import { cellName, cellsOf, type FilledCell } from './report/Cell.ts';
import { detail } from './report/detail.ts';
import { documentOf, unexpected } from './report/document.ts';
import { runCells } from './report/runCells.ts';

/** How long bytes before a cut are given to arrive, in milliseconds. */
const settleMs = 30;

const path = join(import.meta.dirname, '..', 'docs', 'conformance.md');

const written = async (cells: readonly FilledCell[]): Promise<string> =>
  format(documentOf(cells), { ...(await resolveConfig(path)), filepath: path });

/** Tells of each cell where few were asked for, else writes the document, or checks it; gives the exit code. */
const report = async (command: Command, cells: readonly FilledCell[]): Promise<number> => {
  if (command.cases === undefined && command.clients === undefined) {
    const text = await written(cells);
    if (command.check && readFileSync(path, 'utf8') !== text) {
      process.stderr.write(
        'docs/conformance.md is not what came out now: run `npm run conformance` and see what differs\n',
      );
      return 1;
    }
    if (!command.check) writeFileSync(path, text);
  }
  const bad = unexpected(cells);
  for (const cell of bad) process.stderr.write(`not good, and not known: ${cellName(cell)}: ${cell.word}\n`);
  return bad.length > 0 ? 1 : 0;
};

const play = async (command: Command): Promise<number> => {
  const cells = cellsOf(command);
  if (cells.length === 0) throw new UsageError('none of these clients speaks a dialect that has such a case');
  const progress = new Progress(process.stderr);
  const server = await serveCases({ settleMs });
  const watch = watchUncaught();
  // The package of ollama writes each line that it cannot read to the console.
  const { warn } = console;
  console.warn = () => undefined;
  try {
    const filled = await runCells(cells, {
      server,
      watch,
      onDone: (done, all) => {
        progress.update(`conformance: ${done} of ${all} exchanges`);
      },
    });
    progress.note(`conformance: done, ${filled.length} cells`);
    const isDetailed = command.cases !== undefined;
    if (isDetailed) process.stdout.write(`${filled.map((cell) => detail(cell, server.requestsOf)).join('\n\n')}\n`);
    else if (command.clients !== undefined) {
      process.stdout.write(
        `${filled.map((cell) => `${cell.isGood ? ' ' : '!'} ${cellName(cell).padEnd(64)} ${cell.word}`).join('\n')}\n`,
      );
    }
    return await report(command, filled);
  } finally {
    console.warn = warn;
    watch.stop();
    await server.close();
  }
};

try {
  const command = readCommand(process.argv.slice(2));
  if (command.help) process.stdout.write(`${usage}\n`);
  else if (command.list) process.stdout.write(`${listing()}\n`);
  else process.exitCode = await play(command);
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${isUsage ? `${error.message}\n\n${usage}` : ((error as Error).stack ?? String(error))}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
// Clients that hang, and pools of connections, must not keep a run that is over.
process.exit();
