import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's top folder. */
export const root = join(import.meta.dirname, '..', '..');

/** What the scripts and tests here read from package.json; it alone says what is published. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** One subpath that users may import. Paths are relative to `root`. */
export interface EntryPoint {
  /** As it is imported: `rxllm/openai`. */
  readonly specifier: string;
  /** The last word of it, for file names and tables: `openai`. */
  readonly label: string;
  readonly source: string;
  readonly types: string;
  readonly code: string;
}

/** The subpaths with code in them, in the order of package.json. */
export const entryPoints: readonly EntryPoint[] = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string'
    ? []
    : {
        specifier: manifest.name + subpath.slice(1),
        label: subpath === '.' ? manifest.name : subpath.slice(2).replaceAll('/', '-'),
        source: target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'),
        types: target.types.slice(2),
        code: target.default.slice(2),
      },
);
