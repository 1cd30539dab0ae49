import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { manifest } from '../support/entryPoints.ts';
import { execute } from './execute.ts';
import { type AngularVersion, dependenciesOf } from './pins.ts';

const cache = join(tmpdir(), `${manifest.name}-angular-versions`);
const application = join(import.meta.dirname, 'app');

const installOptions = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];

const writePackage = (folder: string, dependencies: Readonly<Record<string, string>>): void => {
  const fields = { name: 'app', version: '0.0.0', private: true, type: 'module', dependencies };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(fields, undefined, 2));
};

/**
 * A folder that has everything the application depends on, kept from one run to the next while neither the pins nor
 * what the library asks for change. npm installs the tarball along, and so judges its peers and finds its dependencies.
 */
export const installed = async (version: AngularVersion, tarball: string): Promise<string> => {
  const dependencies = dependenciesOf(version);
  const { dependencies: own, peerDependencies } = manifest;
  const key = createHash('sha256')
    .update(JSON.stringify([dependencies, own, peerDependencies]))
    .digest('hex');
  const folder = join(cache, `${version}-${key.slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, `installing-${version}-`));
  try {
    cpSync(tarball, join(unfinished, basename(tarball)));
    writePackage(unfinished, { ...dependencies, [manifest.name]: `file:${basename(tarball)}` });
    await execute('npm', ['install', ...installOptions], { cwd: unfinished, maxMs: 600_000 });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
};

/** A fresh copy of the application within an installation, with the tarball's library in place of the installed one. */
export const applicationIn = async (installation: string, tarball: string, variant?: string): Promise<string> => {
  const folder = mkdtempSync(join(installation, 'app-'));
  cpSync(application, folder, { recursive: true });
  if (variant !== undefined) cpSync(join(application, variant), folder, { recursive: true });
  writePackage(folder, {});
  const library = join(folder, 'node_modules', manifest.name);
  mkdirSync(library, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', library], { cwd: folder });
  // Where another package wants another version of a dependency, npm puts the library's own beneath it.
  const beneath = join(installation, 'node_modules', manifest.name, 'node_modules');
  if (existsSync(beneath)) cpSync(beneath, join(library, 'node_modules'), { recursive: true });
  return folder;
};
