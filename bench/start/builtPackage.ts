import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build, type Plugin } from 'esbuild';

import { root } from '../../test/support/entryPoints.ts';

/** Leaves every file by itself, under the name that it has once it is compiled. */
const fileByFile: Plugin = {
  name: 'file-by-file',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/** The library as it is published, file by file, in a folder of its own. */
export interface BuiltPackage {
  readonly folder: string;
  remove(): void;
}

/** Compiles `src/` afresh, so that what is measured is never older than the sources. */
export const builtPackage = async (): Promise<BuiltPackage> => {
  const folder = mkdtempSync(join(tmpdir(), 'rxllm-start-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['src/**/*.ts'],
    outdir: join(folder, 'dist'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    packages: 'external',
    plugins: [fileByFile],
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(root, 'package.json')));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
