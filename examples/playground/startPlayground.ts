import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

import { type FakeProvider, fakeProvider, type FakeProviderOptions } from '../../src/testing/index.ts';
import { playgroundAnswers } from './answers.ts';
import { playgroundReplies } from './replies.ts';
import { sessionCookie } from './sessionOf.ts';

const built = join(import.meta.dirname, '..', 'angular-chat', 'dist', 'browser');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the page may load, and from where: nothing of a model's choosing. */
const policy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "object-src 'none'",
].join('; ');

export interface PlaygroundOptions {
  /** @defaultValue one that is free */
  readonly port?: number | undefined;
  /** Where the built application is. @defaultValue where `npm run playground` builds it */
  readonly folder?: string | undefined;
  /** What the embedded provider answers. @defaultValue `playgroundReplies` */
  readonly replies?: FakeProviderOptions['replies'];
}

export interface Playground {
  readonly url: string;
  readonly provider: FakeProvider;
  readonly close: () => Promise<void>;
}

const fileFor = async (folder: string, path: string): Promise<{ readonly body: Buffer; readonly type: string }> => {
  const name = normalize(decodeURIComponent(path));
  const type = types[extname(name)];
  // Any other address is a page of the application.
  const file = type === undefined ? '/index.html' : name;
  return { body: await readFile(join(folder, file)), type: type ?? 'text/html; charset=utf-8' };
};

/** Serves the built application and, for its requests, a provider without a model. */
export const startPlayground = async ({
  port = 0,
  folder = built,
  replies = playgroundReplies(),
}: PlaygroundOptions = {}): Promise<Playground> => {
  const provider = fakeProvider({ replies });
  const answers = playgroundAnswers(provider);
  const server = createServer((request, response) => {
    const { pathname } = new URL(`http://localhost${request.url ?? '/'}`);
    if (pathname.startsWith('/answers')) {
      void answers.node(request, response);
      return;
    }
    fileFor(folder, pathname).then(
      ({ body, type }) => {
        response.writeHead(200, {
          'content-type': type,
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
          ...sessionCookie(request),
        });
        response.end(body);
      },
      () => response.writeHead(404, { 'content-type': 'text/plain' }).end('not found'),
    );
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
