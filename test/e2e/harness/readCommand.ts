import { parseArgs } from 'node:util';

export interface Command {
  readonly screenshots: string | undefined;
  readonly only: readonly string[];
  readonly headed: boolean;
  readonly skipBuild: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

export const usage = `npm run e2e -- [options]

  --only NAME        only the scenarios whose name holds NAME; may be given several times
  --screenshots DIR  where pictures of the main states go (default: a new folder)
  --headed           shows the browser
  --skip-build       takes the playground as it was built last
  --list             the names of all scenarios
  --help             this text`;

/** Reads the command line; throws where it makes no sense. */
export const readCommand = (args: readonly string[]): Command => {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      screenshots: { type: 'string' },
      headed: { type: 'boolean', default: false },
      'skip-build': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { screenshots, 'skip-build': skipBuild, ...rest } = values;
  return { ...rest, skipBuild, screenshots };
};
