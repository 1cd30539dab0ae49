import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Clears what Node loads itself when anything at all is imported, then takes the time of the rest. */
const program = (specifiers: readonly string[]): string => `
await import('data:text/javascript,0');
const startMs = performance.now();
for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
process.stdout.write(String(performance.now() - startMs));`;

/** How long the imports take in a fresh process that is at home in `folder`, in milliseconds. */
export const importMs = async (specifiers: readonly string[], folder: string): Promise<number> => {
  const args = ['--input-type=module', '--eval', program(specifiers)];
  const { stdout } = await execute(process.execPath, args, { cwd: folder });
  return Number(stdout);
};
