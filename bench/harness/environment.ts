import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

const versionIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }).version;

const model = (): string => cpus()[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown processor';

/** What the numbers hold for: the machine, Node, and the packages that were compared. */
export const environment = (packages: readonly string[]): string => {
  const versions = packages.map((name) => `${name} ${versionIn(join('node_modules', name))}`);
  const collection = globalThis.gc ? 'young garbage collected between runs' : 'no --expose-gc';
  return [
    `${platform()} ${arch()}, ${availableParallelism()} x ${model()}, Node ${process.version}, ${collection}`,
    [`rxllm ${versionIn('.')}`, ...versions].join(', '),
  ].join('\n');
};
