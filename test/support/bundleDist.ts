import { join } from 'node:path';

import { executeNode } from '../package/execute.ts';
import { root } from './entryPoints.ts';

/** Writes the code as it is published into a folder. In a process of its own: Rolldown takes nothing from the realm of a test. */
export const bundleDist = async (folder: string): Promise<void> => {
  await executeNode([join(root, 'build', 'writeDist.ts'), folder], { cwd: root });
};
