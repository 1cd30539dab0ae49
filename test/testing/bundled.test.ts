import { join } from 'node:path';

import { build } from 'esbuild';

import { entryPoints, root } from '../support/entryPoints.ts';

const forBrowsers = entryPoints.filter(({ specifier }) => specifier !== 'rxllm/node');

describe('every entry point but that for Node', () => {
  it.each(forBrowsers)('of $specifier can be bundled for a browser', async ({ source }) => {
    const { warnings } = await build({
      entryPoints: [join(root, source)],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      external: ['rxjs', '@angular/*'],
      logLevel: 'silent',
    });

    expect(warnings).toEqual([]);
  });
});
