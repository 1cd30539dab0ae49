import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { entryPoints, root } from '../support/entryPoints.ts';
import { peersToImport } from './consumers/peersToImport.ts';

const script = join(import.meta.dirname, 'consumers', 'app', 'imports.ts');

/** Imports modules in a program of their own; gives what it says. */
const imported = (first: readonly string[], looked: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [script, JSON.stringify(first), JSON.stringify(looked)], {
    cwd: root,
    timeout: 60_000,
  });

const module = (code: string): string => `data:text/javascript,${encodeURIComponent(`export const a = 1; ${code}`)}`;

describe('importing an entry point', () => {
  it('adds no global, changes nothing shared, starts no timer or request, listens to nothing and opens nothing', async () => {
    const sources = entryPoints.map(({ source }) => pathToFileURL(join(root, source)).href);

    const { stdout } = await imported(peersToImport, sources);

    expect(stdout).toBe(`imported ${entryPoints.length}, and nothing but them\n`);
  }, 60_000);
});

describe('the check itself', () => {
  it('lets a module be that only exports', async () => {
    expect((await imported([], [module('')])).stdout).toContain('imported 1');
  });

  it.each([
    ['a global', 'globalThis.mine = 1;'],
    ['a method on a prototype', 'Array.prototype.mine = () => 1;'],
    ['a method that takes the place of one', 'Array.prototype.map = () => [];'],
    ['a patched fetch', 'globalThis.Response.json = () => 1;'],
    ['a timer', 'setTimeout(() => {}, 1);'],
    ['a timer that nobody waits for', 'setInterval(() => {}, 1).unref();'],
    ['a request', `fetch('http://127.0.0.1:9').catch(() => {});`],
    ['a listener of the process', `process.on('SIGTERM', () => {});`],
    ['a server', `import { createServer } from 'node:net'; createServer().listen(0);`],
  ])('tells of %s', async (_what, code) => {
    await expect(imported([], [module(code)])).rejects.toThrow('leaves something behind');
  });

  it('tells of a module without exports', async () => {
    await expect(imported([], ['data:text/javascript,'])).rejects.toThrow('exports nothing');
  });
});
