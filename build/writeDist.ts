/**
 * Writes the code of the entry points into a folder: what several of them share is in `shared/` beside them.
 *
 * Node reads, resolves and links each file by itself, which takes longer than to run what is in it: the entry point `rxllm`
 * alone was two hundred files (`npm run bench -- start`). The types stay file by file; `tsc` makes them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

import { rolldown } from 'rolldown';

import { entryPoints, root } from '../test/support/entryPoints.ts';

type ModulesOf = (id: string) => { readonly importedIds: readonly string[] } | null;

/** All that is imported by a module, and by what that imports. */
const reachedFrom = (id: string, modulesOf: ModulesOf, reached = new Set<string>()): ReadonlySet<string> => {
  if (reached.has(id)) return reached;
  reached.add(id);
  for (const imported of modulesOf(id)?.importedIds ?? []) reachedFrom(imported, modulesOf, reached);
  return reached;
};

/** `src` is published, too. */
const withoutSources = (map: string): string =>
  JSON.stringify({ ...(JSON.parse(map) as object), sourcesContent: undefined });

const folder = process.argv[2] ?? join(root, 'dist');
const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entryPoints.map(({ code, source }) => [code.replaceAll(/^dist\/|\.js$/g, ''), source])),
  // A package's name: no path, on no system.
  external: (id) => !id.startsWith('.') && !isAbsolute(id),
  platform: 'neutral',
  // No file of ours does anything when it runs.
  treeshake: { moduleSideEffects: false },
  transform: { target: 'es2022' },
});
/** Known once the modules are, when the first is asked about. */
let ofRxllm: ReadonlySet<string> | undefined;
const { output } = await bundle.generate({
  // From where the maps find the sources.
  dir: folder,
  sourcemap: true,
  minifyInternalExports: false,
  comments: { jsdoc: false },
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name]-[hash].js',
  codeSplitting: {
    groups: [
      {
        debugName: 'what is shared',
        minShareCount: 2,
        name(id, modules) {
          // Nearly every program imports `rxllm`: what it shares with other entry points need not be apart.
          ofRxllm ??= reachedFrom(join(root, 'src', 'index.ts'), (one) => modules.getModuleInfo(one));
          if (ofRxllm.has(id)) return 'core';
          return dirname(id) === join(root, 'src', 'dialects') ? 'dialect' : null;
        },
      },
    ],
  },
});
await bundle.close();
for (const file of output) {
  const path = join(folder, file.fileName);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.type === 'chunk' ? file.code : withoutSources(String(file.source)));
}
