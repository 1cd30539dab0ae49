import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Command {
  /** Scenarios by name; none means all. */
  readonly names: readonly string[];
  readonly json: boolean;
  readonly list: boolean;
  readonly help: boolean;
  readonly smoke: boolean;
  readonly rounds: number;
  readonly warmUpRounds: number;
}

/** What was typed is no command; the message says why. */
export class UsageError extends Error {}

export const usage = `Usage: npm run bench -- [SCENARIO...] [options]

Without a scenario, all of them run.

  --rounds N     time every client N times (12)
  --warm-up N    run every client N times before that (5)
  --smoke        one short round, to see that everything works; its numbers mean nothing
  --json         write the rows to stdout as JSON, and nothing else
  --list         list the scenarios
  --help         show this text`;

const countOf = (option: string, text: string, least: number): number => {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(count >= least)) {
    throw new UsageError(`--${option} must be a whole number of at least ${least}; got "${text}"`);
  }
  return count;
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        'warm-up': { type: 'string' },
        smoke: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
};

/** Reads the command line. Throws `UsageError` at what it does not understand. */
export const readCommand = (args: readonly string[]): Command => {
  const { positionals: names, values } = parse(args);
  const { json, list, help, smoke } = values;
  return {
    names,
    json,
    list,
    help,
    smoke,
    rounds: countOf('rounds', values.rounds ?? (smoke ? '1' : '12'), 1),
    warmUpRounds: countOf('warm-up', values['warm-up'] ?? (smoke ? '0' : '5'), 0),
  };
};
