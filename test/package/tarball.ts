import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { bundleDist } from '../support/bundleDist.ts';
import { manifest, root } from '../support/entryPoints.ts';
import { execute, executeNode } from './execute.ts';

/** What npm adds by itself to the files that package.json names. */
const always = ['package.json', 'README.md', 'LICENSE'];

/**
 * Packs the library within `folder`, and leaves the repository's `dist/` alone; gives the tarball's path.
 *
 * @param code - `as it is now` builds it anew; `as it was built` takes what `npm run build` has made.
 */
export const packTarball = async (
  folder: string,
  code: 'as it is now' | 'as it was built' = 'as it is now',
): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  for (const file of [...always, ...manifest.files]) {
    if (file === 'dist' && code === 'as it is now') {
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      await executeNode([tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, file)], { cwd: root });
      await bundleDist(join(folder, file));
    } else cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  const names = await execute('npm', ['pack', '--json', '--ignore-scripts', '--loglevel', 'error'], { cwd: folder });
  const [{ filename }] = JSON.parse(names.slice(names.indexOf('['))) as [{ filename: string }];
  return join(folder, filename);
};
