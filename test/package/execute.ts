import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';

export interface ExecuteOptions {
  readonly cwd: string;
  /** @defaultValue 240,000 */
  readonly maxMs?: number;
}

// What is started by a name, such as npm's own `node`, is to be this Node, too.
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  NG_CLI_ANALYTICS: 'false',
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
};

/** Runs a program to its end; gives what it wrote, or throws an error that holds it. */
export const execute = (
  program: string,
  args: readonly string[],
  { cwd, maxMs = 240_000 }: ExecuteOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: maxMs });
    let output = '';
    const note = (piece: string): void => void (output += piece);
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${[program, ...args].join(' ')}\nin ${cwd}: ${signal ?? `exit ${code}`}\n${output}`));
    });
  });

/** Runs a script with this Node. */
export const executeNode = (args: readonly string[], options: ExecuteOptions): Promise<string> =>
  execute(process.execPath, args, options);
