/**
 * Builds the documentation: guides, recipes and the API by TypeDoc, and the live page.
 *
 *     npm run docs
 */
import { join } from 'node:path';

import { buildSite } from './buildSite.ts';
import { out } from './out.ts';

const beganMs = performance.now();
await buildSite(out);
console.log(`Built in ${Math.round(performance.now() - beganMs)} ms: ${join(out, 'index.html')}`);
