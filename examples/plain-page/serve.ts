/**
 * Serves the page beside this file, the built files it needs, and a provider without a model behind it:
 *
 *     npm run build && node examples/plain-page/serve.ts [port] [dist]
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

import { type FakeProvider, fakeProvider, type FakeProviderOptions } from '../../src/testing/index.ts';
import { replies as ownReplies } from './replies.ts';
import { toProvider } from './toProvider.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a browser may have of `node_modules`. */
const packages = ['rxjs', 'tslib', 'eventsource-parser', 'io-ts', 'fp-ts'];

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
};

export interface PlainPageOptions {
  /** @defaultValue one that is free */
  readonly port?: number | undefined;
  /** Where the built files of rxllm are. @defaultValue `dist` */
  readonly dist?: string | undefined;
  readonly replies?: FakeProviderOptions['replies'];
}

export interface RunningPage {
  readonly url: string;
  readonly provider: FakeProvider;
  readonly close: () => Promise<void>;
}

/** The file that an address stands for. */
const fileOf = (pathname: string, dist: string): string | undefined => {
  if (pathname === '/') return join(import.meta.dirname, 'index.html');
  const path = normalize(decodeURIComponent(pathname)).replaceAll('\\', '/');
  const [, top = '', name = '', ...rest] = path.split('/');
  // Modules of RxJS and fp-ts leave the extension out, as bundlers allow; a browser asks for just what it reads.
  const file = [name, ...rest].join('/') + (extname(path) === '' ? '.js' : '');
  if (top === 'dist') return join(dist, file);
  return top === 'node_modules' && packages.includes(name) ? join(root, top, file) : undefined;
};

const sendFile = async (pathname: string, dist: string, response: ServerResponse): Promise<void> => {
  try {
    const file = fileOf(pathname, dist);
    if (file === undefined) throw new Error('no such address');
    const bytes = await readFile(file);
    response.writeHead(200, { 'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream' }).end(bytes);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
  }
};

/** Starts the server; `provider.requests` tells what the page asked. */
export const startPlainPage = async ({
  port = 0,
  dist = join(root, 'dist'),
  replies = ownReplies,
}: PlainPageOptions = {}): Promise<RunningPage> => {
  const provider = fakeProvider({ replies });
  const server = createServer((request, response) => {
    const { pathname } = new URL(`http://localhost${request.url ?? '/'}`);
    if (request.method === 'POST') void toProvider(provider, request, response);
    else void sendFile(pathname, dist, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    provider,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};

if (import.meta.main) {
  const [port = '8080', dist = join(root, 'dist')] = process.argv.slice(2);
  if (existsSync(join(dist, 'index.js'))) {
    const { url } = await startPlainPage({ port: Number(port), dist });
    console.log(`A plain page: ${url} (Ctrl-C ends it)`);
  } else {
    console.error('There are no built files yet: npm run build');
    process.exitCode = 1;
  }
}
