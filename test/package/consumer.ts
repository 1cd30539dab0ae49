/**
 * Packs the library and uses it as an application would: installed from the tarball in a folder of its
 * own, every entry point imported by each Node at hand and type-checked without `skipLibCheck`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { entryPoints, manifest, root } from '../support/entryPoints.ts';

const folder = mkdtempSync(join(tmpdir(), `${manifest.name}-consumer-`));
const specifiers = entryPoints.map(({ specifier }) => specifier);
/** The entry points that need a peer which not everybody has. */
const isExtra = (specifier: string): boolean => /\/(angular|otel)/.test(specifier);
const isExtraPeer = (name: string): boolean => name.startsWith('@angular/') || name === '@opentelemetry/api';
const isOptional = (peer: string): boolean => manifest.peerDependenciesMeta[peer]?.optional === true;

const run = (command: string, ...args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    // tsc writes its complaints to stdout.
    throw new Error(`${command} ${args.join(' ')}\n${(error as { stdout: string }).stdout}`, { cause: error });
  }
};

const write = (file: string, text: string): void => {
  writeFileSync(join(folder, file), text);
};

/** This Node, and the machine's own, which `npm run` hides behind `node_modules/.bin`. */
const nodes = (): Set<string> => {
  const ownNode = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((directory) => !directory.includes('node_modules'))
    .map((directory) => join(directory, 'node'))
    .find((file) => existsSync(file));
  return new Set([process.execPath, ownNode ?? process.execPath]);
};

const pack = (): string => run('npm', 'pack', root, '--silent', '--ignore-scripts').trim();

const install = (tarball: string, peers: Readonly<Record<string, string>>): void => {
  const dependencies = { ...peers, [manifest.name]: `file:${tarball}` };
  write('package.json', JSON.stringify({ private: true, type: 'module', dependencies }));
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--silent');
  console.log(`installed ${tarball} beside ${Object.keys(peers).join(', ')}`);
};

/** Imports entry points with each Node; `first` is what an application would have loaded before. */
const importAll = (some: readonly string[], first = ''): void => {
  write(
    'imports.js',
    `${first}
    import assert from 'node:assert/strict';
    import { createRequire } from 'node:module';
    for (const specifier of ${JSON.stringify(some)}) {
      assert.notEqual(Object.keys(await import(specifier)).length, 0, specifier + ' exports nothing');
    }
    const { name } = createRequire(import.meta.url)('${manifest.name}/package.json');
    assert.equal(name, '${manifest.name}');
    // What is not an entry point must stay out of reach, or it could never be moved.
    await assert.rejects(import('${manifest.name}/dist/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
    console.log('imported ${some.join(', ')} with Node ' + process.version);`,
  );
  for (const node of nodes()) process.stdout.write(run(node, 'imports.js'));
};

const checkTypes = (): void => {
  write('types.ts', specifiers.map((specifier, index) => `export * as entry${index} from '${specifier}';\n`).join(''));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--lib', 'es2022,dom'];
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    run(process.execPath, tsc, ...options, '--module', module, '--moduleResolution', moduleResolution, 'types.ts');
    console.log(`type-checked with moduleResolution ${moduleResolution}`);
  }
};

/** The peers that everybody needs, and those that come with a framework, as this repository tests with them. */
const required = Object.fromEntries(Object.entries(manifest.peerDependencies).filter(([peer]) => !isOptional(peer)));
const withExtras = {
  ...required,
  ...Object.fromEntries(Object.entries(manifest.devDependencies).filter(([name]) => isExtraPeer(name))),
};

try {
  const tarball = pack();
  install(tarball, required);
  importAll(specifiers.filter((specifier) => !isExtra(specifier)));
  install(tarball, withExtras);
  // Angular's own packages are compiled when they are imported, unless a build has done so.
  importAll(specifiers.filter(isExtra), `import '@angular/compiler';`);
  checkTypes();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
