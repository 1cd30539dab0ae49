import { join } from 'node:path';

import { build } from 'esbuild';

import { root } from '../test/support/entryPoints.ts';
import { readSnippets } from './readSnippets.ts';

/** The script of the live page: one file, the library taken from its source. */
export const bundleLivePage = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'site', 'live', 'main.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    // The paths of `rxllm` are those that the types go by.
    tsconfig: join(root, 'tsconfig.json'),
    define: { SNIPPETS: JSON.stringify(readSnippets()) },
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
};
