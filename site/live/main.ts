import { livePage } from './livePage.ts';
import type { Snippets } from './codeOf.ts';

/** The sources of `snippets/`; the build puts them in. */
declare const SNIPPETS: Snippets;

const host = document.getElementById('live');
if (host) livePage(host, SNIPPETS);
