import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Snippets } from './live/codeOf.ts';

const folder = join(import.meta.dirname, 'live', 'snippets');

/** The sources that the live page both runs and shows. */
export const readSnippets = (): Snippets =>
  Object.fromEntries(
    readdirSync(folder).map((file) => [basename(file, '.ts'), readFileSync(join(folder, file), 'utf8')] as const),
  );
