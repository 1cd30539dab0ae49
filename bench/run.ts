/**
 * The command behind `npm run bench`; see README.md. Ctrl-C needs no handler: without one Node ends at
 * once, in the middle of a loop, too.
 */
import { environment } from './harness/environment.ts';
import { Progress } from './harness/Progress.ts';
import { type Command, readCommand, usage, UsageError } from './harness/readCommand.ts';
import { type Results, resultsJson } from './harness/resultsJson.ts';
import type { Scenario } from './harness/Scenario.ts';
import { scenarios } from './scenarios/index.ts';

const listing = (): string => {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return scenarios.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`).join('\n');
};

const chosen = (names: readonly string[]): readonly Scenario[] => {
  if (names.length === 0) return scenarios;
  return names.map((name) => {
    const scenario = scenarios.find((one) => one.name === name);
    if (!scenario) throw new UsageError(`there is no scenario "${name}"; there are:\n${listing()}`);
    return scenario;
  });
};

const measure = async ({ names, json, rounds, warmUpRounds, smoke }: Command): Promise<void> => {
  const progress = new Progress(process.stderr);
  const all: Results[] = [];
  for (const { name, description, packages, run, format } of chosen(names)) {
    const heading = `${name}: ${description}\n${environment(packages)}, ${rounds} rounds after ${warmUpRounds}`;
    progress.note(heading);
    const rows = await run({ rounds, warmUpRounds, isSmoke: smoke, progress });
    all.push({ scenario: name, rows });
    // Numbers that are kept in a file keep what they hold for.
    if (!json)
      process.stdout.write(
        `${smoke ? 'A smoke run; its numbers mean nothing.\n' : ''}\n${heading}\n\n${format(rows)}\n`,
      );
  }
  const [first] = all;
  if (json) process.stdout.write(`${resultsJson(names.length === 1 && first ? first : all)}\n`);
};

try {
  const command = readCommand(process.argv.slice(2));
  if (command.help) process.stdout.write(`${usage}\n\nScenarios:\n${listing()}\n`);
  else if (command.list) process.stdout.write(`${listing()}\n`);
  else await measure(command);
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${isUsage ? `${error.message}\n\n${usage}` : ((error as Error).stack ?? String(error))}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
