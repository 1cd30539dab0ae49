/**
 * Builds the documentation and serves it:
 *
 *     npm run docs:serve -- [port]
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

import { buildSite } from './buildSite.ts';
import { out } from './out.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

await buildSite(out);
const server = createServer((request, response) => {
  const { pathname } = new URL(`http://localhost${request.url ?? '/'}`);
  const path = normalize(decodeURIComponent(pathname.endsWith('/') ? `${pathname}index.html` : pathname));
  readFile(join(out, path)).then(
    (bytes) => {
      response.writeHead(200, { 'content-type': mediaTypes[extname(path)] ?? 'application/octet-stream' }).end(bytes);
    },
    () => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
    },
  );
});
server.listen(Number(process.argv[2] ?? 8090), '127.0.0.1', () => {
  console.log(`The documentation: http://127.0.0.1:${(server.address() as AddressInfo).port}/ (Ctrl-C ends it)`);
});
