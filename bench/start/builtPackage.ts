import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundleDist } from '../../test/support/bundleDist.ts';
import { root } from '../../test/support/entryPoints.ts';

/** The library as it is published, without its types, in a folder of its own. */
export interface BuiltPackage {
  readonly folder: string;
  remove(): void;
}

/** Builds `src/` afresh, so that what is measured is never older than the sources. */
export const builtPackage = async (): Promise<BuiltPackage> => {
  const folder = mkdtempSync(join(tmpdir(), 'rxllm-start-'));
  await bundleDist(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
