/**
 * Bundles the component, and serves it with a provider without a model behind it:
 *
 *     node examples/react/serve.ts [port]
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { build } from 'esbuild';

import { type FakeProvider, fakeProvider, type FakeProviderOptions } from '../../src/testing/index.ts';
import { replies as ownReplies } from '../plain-page/replies.ts';
import { toProvider } from '../plain-page/toProvider.ts';

/** One file of all that `entry` imports. React's development build: there StrictMode does its work. */
export const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
};

export interface ReactExampleOptions {
  /** @defaultValue one that is free */
  readonly port?: number | undefined;
  readonly replies?: FakeProviderOptions['replies'];
  /** What the page runs. @defaultValue the chat */
  readonly script?: string | undefined;
}

/** Starts the server; `provider.requests` tells what the page asked. */
export const startReactExample = async ({ port = 0, replies = ownReplies, script }: ReactExampleOptions = {}): Promise<{
  readonly url: string;
  readonly provider: FakeProvider;
  readonly close: () => Promise<void>;
}> => {
  const provider = fakeProvider({ replies });
  const files = new Map([
    ['/', ['text/html', await readFile(join(import.meta.dirname, 'index.html'), 'utf8')]],
    ['/main.js', ['text/javascript', script ?? (await bundle(join(import.meta.dirname, 'main.tsx')))]],
  ] as const);
  const server = createServer((request, response) => {
    const file = files.get(new URL(`http://localhost${request.url ?? '/'}`).pathname as '/');
    if (request.method === 'POST') void toProvider(provider, request, response);
    else if (file) response.writeHead(200, { 'content-type': `${file[0]}; charset=utf-8` }).end(file[1]);
    else response.writeHead(404).end();
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
  const { url } = await startReactExample({ port: Number(process.argv[2] ?? 8081) });
  console.log(`A React component: ${url} (Ctrl-C ends it)`);
}
