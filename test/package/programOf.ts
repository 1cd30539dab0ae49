import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The script behind a program that a package has. */
export const programOf = (folder: string, name: string, program = name): string => {
  const file = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`);
  const { bin } = JSON.parse(readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
  const script = typeof bin === 'string' ? bin : bin[program];
  if (script === undefined) throw new Error(`${name} has no program ${program}`);
  return join(dirname(file), script);
};
