import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { manifest } from '../support/entryPoints.ts';
import { execute } from './execute.ts';

type Dependencies = Readonly<Record<string, string>>;

const cache = join(tmpdir(), `${manifest.name}-consumers`);

const installOptions = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];

/** What a package's manifest holds beside its dependencies. */
export const writePackage = (folder: string, dependencies: Dependencies, more: object = {}): void => {
  const fields = { name: 'app', version: '0.0.0', private: true, type: 'module', dependencies, ...more };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(fields, undefined, 2));
};

export interface Installation {
  /** What it is called on disk. */
  readonly name: string;
  readonly dependencies: Dependencies;
  /** Those whose install scripts are run: programs that fetch their binary so. */
  readonly scriptsOf?: readonly string[];
}

const install = async (folder: string, { dependencies, scriptsOf = [] }: Installation): Promise<void> => {
  writePackage(folder, dependencies, {
    allowScripts: Object.fromEntries(scriptsOf.map((dependency) => [dependency, true])),
  });
  const scripts = scriptsOf.length === 0 ? ['--ignore-scripts'] : [];
  await execute('npm', ['install', ...installOptions, ...scripts], { cwd: folder, maxMs: 600_000 });
};

/**
 * A folder that has some packages installed, kept from one run to the next while what they are stays the same. With a
 * tarball of the library npm installs that along, and so judges its peers and finds its dependencies.
 */
export const installed = async (installation: Installation, tarball?: string): Promise<string> => {
  const { name, dependencies } = installation;
  const ofLibrary = tarball === undefined ? [] : [manifest.dependencies, manifest.peerDependencies];
  const key = createHash('sha256')
    .update(JSON.stringify([dependencies, ...ofLibrary]))
    .digest('hex');
  const folder = join(cache, `${name}-${key.slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, `installing-${name}-`));
  try {
    if (tarball === undefined) await install(unfinished, installation);
    else {
      cpSync(tarball, join(unfinished, basename(tarball)));
      const library = { [manifest.name]: `file:${basename(tarball)}` };
      await install(unfinished, { ...installation, dependencies: { ...dependencies, ...library } });
    }
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      // Another run may have been there first.
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
};

/** A fresh folder within an installation, with the tarball's library in place of the one that was installed. */
export const folderWithin = async (installation: string, tarball: string): Promise<string> => {
  const folder = mkdtempSync(join(installation, 'app-'));
  writePackage(folder, {});
  const library = join(folder, 'node_modules', manifest.name);
  mkdirSync(library, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', library], { cwd: folder });
  // Where another package wants another version of a dependency, npm puts the library's own beneath it.
  const beneath = join(installation, 'node_modules', manifest.name, 'node_modules');
  if (existsSync(beneath)) cpSync(beneath, join(library, 'node_modules'), { recursive: true });
  return folder;
};
