/**
 * Bundles every entry point as an application would, its peers aside, and holds the gzipped result to its
 * budget in `etc/size-budgets.json`.
 *
 * The row `rxllm (unused)` is what stays of `import 'rxllm'` for a bundler that does not believe
 * `sideEffects: false` and reads each statement of ours instead.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions, type Plugin } from 'esbuild';

import { entryPoints, manifest, root } from '../support/entryPoints.ts';

const maxGzipBytes = JSON.parse(readFileSync(join(root, 'etc', 'size-budgets.json'), 'utf8')) as Record<string, number>;

const doubtSideEffects: Plugin = {
  name: 'doubt-side-effects',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => ({ path: join(resolveDir, path), sideEffects: true }));
    onResolve({ filter: /^[^.]/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

const gzipBytes = async (options: BuildOptions): Promise<number> => {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs', '@angular/*', '@opentelemetry/api', 'node:*'],
    logLevel: 'error',
    ...options,
    write: false,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return code.length === 0 ? 0 : gzipSync(code).length;
};

const sizes = new Map<string, number>();
for (const { specifier, code } of entryPoints) {
  sizes.set(specifier, await gzipBytes({ entryPoints: [join(root, code)] }));
}
sizes.set(
  `${manifest.name} (unused)`,
  await gzipBytes({
    stdin: { contents: `import './${entryPoints[0]?.code}';`, resolveDir: root },
    plugins: [doubtSideEffects],
  }),
);

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
