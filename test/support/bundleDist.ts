import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { root } from './entryPoints.ts';

const execute = promisify(execFile);

/** Writes the code as it is published into a folder. In a process of its own: Rolldown takes nothing from the realm of a test. */
export const bundleDist = async (folder: string): Promise<void> => {
  await execute(process.execPath, [join(root, 'build', 'writeDist.ts'), folder]);
};
