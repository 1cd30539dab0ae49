import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { FakeProvider } from 'rxllm/testing';

import { toProvider } from '../../../examples/plain-page/toProvider.ts';
import { root } from '../../support/entryPoints.ts';

/** Serves the page that the application is measured against, with the same provider behind it. */
export const startNaivePage = async (
  provider: FakeProvider,
): Promise<{ readonly url: string; readonly close: () => void }> => {
  const files = new Map([
    ['/', ['text/html', await readFile(join(import.meta.dirname, 'index.html'))]],
    ['/marked.js', ['text/javascript', await readFile(join(root, 'node_modules/marked/lib/marked.esm.js'))]],
  ] as const);
  const server = createServer((request, response) => {
    const file = files.get(request.url as '/');
    if (request.method === 'POST') void toProvider(provider, request, response);
    else if (file) response.writeHead(200, { 'content-type': `${file[0]}; charset=utf-8` }).end(file[1]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
