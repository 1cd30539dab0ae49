/**
 * Bundles every entry point as an application would, its peers aside, and what most programs import of them, and holds
 * the gzipped results to their budgets in `etc/size-budgets.json`.
 *
 * The rows `... (unused)` are what stays of `import 'rxllm'` and the like for a bundler that does not believe
 * `sideEffects: false` and reads each statement of ours instead.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

import { bundledSize, sizeOfImports } from '../../bench/bundle/bundledSize.ts';
import { pipelines } from '../../bench/bundle/pipelines.ts';
import { entryPoints, root } from '../support/entryPoints.ts';

const maxGzipBytes = JSON.parse(readFileSync(join(root, 'etc', 'size-budgets.json'), 'utf8')) as Record<string, number>;

const doubtSideEffects: Plugin = {
  name: 'doubt-side-effects',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => ({ path: join(resolveDir, path), sideEffects: true }));
    onResolve({ filter: /^[^.]/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

const sizes = new Map<string, number>();
for (const { specifier, code } of entryPoints) {
  const { gzipBytes } = await bundledSize({ entryPoints: [join(root, code)] });
  sizes.set(specifier, gzipBytes);
}
for (const { name, code } of pipelines) {
  const { gzipBytes } = await sizeOfImports(code, 'code');
  sizes.set(name, gzipBytes);
}
for (const { specifier, code } of entryPoints) {
  const { gzipBytes } = await bundledSize({
    stdin: { contents: `import './${code}';`, resolveDir: root },
    plugins: [doubtSideEffects],
  });
  sizes.set(`${specifier} (unused)`, gzipBytes);
}

const rows = [...new Set([...sizes.keys(), ...Object.keys(maxGzipBytes)])].map((name) => {
  const actual = sizes.get(name);
  const budget = maxGzipBytes[name];
  if (actual === undefined) return { name, budget, verdict: 'no such entry point' };
  if (budget === undefined) return { name, gzipBytes: actual, verdict: 'no budget' };
  return { name, gzipBytes: actual, budget, verdict: actual > budget ? 'over budget' : 'ok' };
});
console.table(rows);
if (rows.some(({ verdict }) => verdict !== 'ok')) {
  console.error('A size is not within its budget. If the growth is worth it, say why and raise etc/size-budgets.json');
  process.exitCode = 1;
}
