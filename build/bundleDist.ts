/**
 * Writes the code of the entry points into a folder: what several of them share is in `shared/` beside them.
 *
 * Node reads, resolves and links each file by itself, which takes longer than to run what is in it: the entry point `rxllm`
 * alone was two hundred files (`npm run bench -- start`). The types stay file by file; `tsc` makes them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { build } from 'esbuild';

import { entryPoints, root } from '../test/support/entryPoints.ts';

/**
 * The imports that esbuild writes so that files run in their order. No file of ours does anything when it runs, and a file
 * that is imported for nothing else is loaded in vain. The line stays, empty, for the source map.
 */
const importsForOrder = /^import "\.[^"]*";$/gm;

export const bundleDist = async (folder: string): Promise<void> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entryPoints.map(({ source }) => source),
    outbase: 'src',
    outdir: folder,
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    sourcemap: true,
    // `src` is published, too.
    sourcesContent: false,
    logLevel: 'warning',
    write: false,
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, path.endsWith('.js') ? text.replace(importsForOrder, '') : text);
  }
};

if (import.meta.main) await bundleDist(join(root, 'dist'));
