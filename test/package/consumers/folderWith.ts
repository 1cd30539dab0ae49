import { folderWithin, installed } from '../installed.ts';
import { writePrograms } from './writePrograms.ts';

/** A folder with the library from a tarball, these packages, and the programs of `app/`. */
export const folderWith = async (
  name: string,
  dependencies: Readonly<Record<string, string>>,
  tarball: string,
): Promise<string> => {
  const folder = await folderWithin(await installed({ name, dependencies }, tarball), tarball);
  writePrograms(folder);
  return folder;
};
