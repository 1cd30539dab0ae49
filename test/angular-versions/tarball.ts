import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../support/entryPoints.ts';
import { execute, executeNode } from './execute.ts';

const packed = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'src'];

/** Builds the library as it is now and packs it, all within `folder`; gives the tarball's path. */
export const packTarball = async (folder: string): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await executeNode([tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], { cwd: root });
  for (const file of packed.filter((name) => existsSync(join(root, name)))) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  const names = await execute('npm', ['pack', '--json', '--ignore-scripts', '--loglevel', 'error'], { cwd: folder });
  const [{ filename }] = JSON.parse(names.slice(names.indexOf('['))) as [{ filename: string }];
  return join(folder, filename);
};
