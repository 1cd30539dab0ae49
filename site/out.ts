import { join } from 'node:path';

/** Where the site is put. */
export const out = join(import.meta.dirname, 'dist');
