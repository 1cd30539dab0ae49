/**
 * Holds what `npm pack` takes in to a list of the kinds of files that users need, and checks that these belong together:
 * every source map finds its source, and every entry point its code and types.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

import { entryPoints, root } from '../support/entryPoints.ts';
import { execute } from './execute.ts';

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** `src` is what the maps of code and types lead to: a debugger and "go to definition" show that. */
const kinds: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['about the package', /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/],
  ['code', /^dist\/.*\.js$/],
  ['types', /^dist\/.*\.d\.ts$/],
  ['maps', /^dist\/.*\.(js|d\.ts)\.map$/],
  ['sources', /^src\/.*(?<!\.(test|d))\.ts$/],
];

const maxPackedBytes = 1_500_000;

const listed = await execute('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel', 'error'], {
  cwd: root,
});
// npm 11 has a list here, npm 12 an object.
const [packed] = Object.values(JSON.parse(listed.slice(listed.search(/^[[{]/m))) as Record<string, Packed>);
if (packed === undefined) throw new Error('npm packs nothing');

const paths = new Set(packed.files.map(({ path }) => path));
const missing = (path: string): boolean => !paths.has(path);

const lostSources = [...paths]
  .filter((path) => path.endsWith('.map'))
  .flatMap((path) => {
    const { sources } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { sources: readonly string[] };
    return sources.map((source) => posix.join(dirname(path), source)).filter(missing);
  });

const problems = [
  ...[...paths]
    .filter((path) => !kinds.some(([, pattern]) => pattern.test(path)))
    .map((path) => `${path} is of no use`),
  ...entryPoints
    .flatMap(({ code, types }) => [code, types])
    .filter(missing)
    .map((path) => `${path} is missing`),
  ...['README.md', 'CHANGELOG.md', 'LICENSE'].filter(missing).map((path) => `${path} is missing`),
  ...new Set(lostSources.map((path) => `${path} is missing, which a map leads to`)),
  ...[...paths]
    .filter((path) => path.startsWith('src/'))
    .map((path) => path.replace('src/', 'dist/').replace(/\.ts$/, '.js'))
    .filter(missing)
    .map((path) => `${path} is missing, whose source is there: npm run build`),
  ...(packed.size > maxPackedBytes ? [`${packed.size} bytes are more than ${maxPackedBytes}`] : []),
];

console.table(
  Object.fromEntries(
    kinds.map(([name, pattern]) => {
      const files = packed.files.filter(({ path }) => pattern.test(path));
      return [name, { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) }];
    }),
  ),
);
console.log(`${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
