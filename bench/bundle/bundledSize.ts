import { gzipSync } from 'node:zlib';

import { build, type BuildOptions, type Plugin } from 'esbuild';

import { entryPoints, root } from '../../test/support/entryPoints.ts';

/** Never counted: an application has them anyway, or brings them as the peers that they are. */
const external = ['rxjs', '@angular/*', '@opentelemetry/api', 'node:*'];

/** Which form of our own code is bundled: as it stands in `src/`, or as it was built. */
export type OwnCode = 'source' | 'code';

/** Finds the library by the names that its users import, as their bundlers will. */
const ownPackage = (form: OwnCode): Plugin => ({
  name: 'own-package',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^rxllm(\/|$)/ }, ({ path, kind }) => {
      const entry = entryPoints.find(({ specifier }) => specifier === path);
      return entry && resolve(`./${entry[form]}`, { kind, resolveDir: root });
    });
  },
});

/** Their imports go as well: each file of ours has some, and an application that bundles the peers has none. */
const importsOfPeers = /(?<=^|[;}\n])import(?:\*as [\w$]+|\{[^}]*\})from"[^"]+";/g;

export interface BundleSize {
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
}

/** How large code is once it is bundled for a browser, without peers, and minified. */
export const bundledSize = async (options: BuildOptions): Promise<BundleSize> => {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external,
    logLevel: 'error',
    ...options,
    write: false,
  });
  const code = Buffer.from((outputFiles[0]?.text ?? '').replace(importsOfPeers, ''));
  return { minifiedBytes: code.length, gzipBytes: code.length === 0 ? 0 : gzipSync(code).length };
};

/** The size of a program that consists of the given imports, everything that they name kept. */
export const sizeOfImports = (
  contents: string,
  form: OwnCode,
  peers: 'without peers' | 'with peers' = 'without peers',
): Promise<BundleSize> =>
  bundledSize({
    stdin: { contents, resolveDir: root },
    plugins: [ownPackage(form)],
    ...(peers === 'with peers' && { external: [] }),
  });
