import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { folderWithin, installed, writePackage } from '../package/installed.ts';
import { dependenciesOf } from './pins.ts';
import type { Target } from './targets.ts';

const application = join(import.meta.dirname, 'app');

/** A fresh copy of the application, with everything that it depends on and the tarball's library. */
export const applicationOf = async ({ version, variant }: Target, tarball: string): Promise<string> => {
  const dependencies = dependenciesOf(version);
  const folder = await folderWithin(await installed({ name: `angular-${version}`, dependencies }, tarball), tarball);
  cpSync(application, folder, { recursive: true });
  if (variant !== undefined) cpSync(join(application, variant), folder, { recursive: true });
  writePackage(folder, {});
  return folder;
};
