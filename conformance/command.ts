import { parseArgs } from 'node:util';

import { catalogue, dialects } from './catalogue/index.ts';
import { clients } from './clients/index.ts';

/** What the command line asks for. */
export interface Command {
  /** None means all. */
  readonly cases: readonly string[] | undefined;
  readonly clients: readonly string[] | undefined;
  readonly list: boolean;
  readonly help: boolean;
  readonly check: boolean;
}

/** What was typed is no command; the message says why. */
export class UsageError extends Error {}

export const usage = `Usage: npm run conformance -- [options]

Without --case and --client, all cells are played and docs/conformance.md is written.

  --case ID      only this case, as "end-in-text" or "openai-chat/end-in-text"; may be given again
  --client ID    only this client; may be given again
  --check        write nothing; fail where docs/conformance.md would change
  --list         list the cases and the clients
  --help         show this text

The exit code is 0 when rxllm has no bad cell but those that it owns up to, 1 when it has one,
and 2 for a command that was not understood.`;

const known = {
  case: (id: string): boolean => {
    const slash = id.indexOf('/');
    const name = id.slice(slash + 1);
    const isCase = catalogue.some(({ cases }) => cases.some((one) => one.id === name));
    return isCase && (slash < 0 || dialects.some((dialect) => dialect.name === id.slice(0, slash)));
  },
  client: (id: string): boolean => clients.some((client) => client.id === id),
};

const checked = (what: keyof typeof known, ids: readonly string[] | undefined): readonly string[] | undefined => {
  const unknown = ids?.find((id) => !known[what](id));
  if (unknown !== undefined) throw new UsageError(`there is no ${what} "${unknown}"; --list has all`);
  return ids;
};

/** Reads the command line. Throws `UsageError` at what it does not understand. */
export const readCommand = (args: readonly string[]): Command => {
  const parse = () => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          case: { type: 'string', multiple: true },
          client: { type: 'string', multiple: true },
          check: { type: 'boolean', default: false },
          list: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      });
    } catch (cause) {
      throw new UsageError((cause as Error).message, { cause });
    }
  };
  const { case: cases, client, check, list, help } = parse().values;
  if (check && (cases ?? client) !== undefined) throw new UsageError('--check is for the whole document');
  return { cases: checked('case', cases), clients: checked('client', client), check, list, help };
};

/** Every case and every client, by the id that options take. */
export const listing = (): string =>
  [
    'Cases:',
    ...catalogue.flatMap(({ title, cases }) => [
      `  ${title}`,
      ...cases.map(({ id, title: what }) => `    ${id.padEnd(36)}${what}`),
    ]),
    '',
    'Clients:',
    ...[...new Set(clients.map(({ id }) => id))].map(
      (id) =>
        `  ${id.padEnd(28)}${clients
          .filter((client) => client.id === id)
          .map(({ dialect }) => dialect)
          .join(', ')}`,
    ),
  ].join('\n');
