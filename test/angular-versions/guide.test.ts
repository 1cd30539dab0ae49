import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../support/entryPoints.ts';

const application = join(import.meta.dirname, 'app');

/** A line as it is compared: how deep it stands is not what it says. */
const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();

const guide = readFileSync(join(root, 'docs', 'guides', 'angular-testing.md'), 'utf8');

/** The blocks of the guide that say which file they are from, in a comment on their first line. */
const blocks = [...guide.matchAll(/^```\w+.*\n\/\/ (\S+\.\w+)\n([\s\S]*?)^```/gm)].map(([, file = '', code = '']) => ({
  file,
  code,
}));

const isConfig = (file: string): boolean => !file.startsWith('src/') && file !== 'angular.json';

describe('the guide on testing with Angular', () => {
  it('says of every block of code which file it is from', () => {
    expect([...guide.matchAll(/^```(?:ts|js|json)/gm)]).toHaveLength(blocks.length);
  });

  it.each(blocks)('shows $file as it is run', ({ file, code }) => {
    const text = lines(readFileSync(join(application, file), 'utf8'));

    if (isConfig(file)) expect(lines(code)).toBe(text);
    else expect(text).toContain(lines(code));
  });

  it('shows every config of a test runner, and what it sets up', () => {
    const files = readdirSync(application, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        /^(jest|jsdom|vitest|.*setup-|tsconfig\.(spec|vitest))/.test(file) &&
        statSync(join(application, file)).isFile(),
    );

    expect(new Set(blocks.map(({ file }) => file).filter(isConfig))).toEqual(new Set(files));
  });
});

describe('the line for jest-preset-angular', () => {
  const source = readFileSync(join(application, 'jest.config.cjs'), 'utf8');
  const [, quoted = ''] = /transformIgnorePatterns: \['(.*)'\]/.exec(source) ?? [];
  const isLeftAsIs = (path: string): boolean => new RegExp(quoted.replaceAll('\\\\', '\\')).test(path);

  it.each([
    '/app/node_modules/rxllm/dist/index.js',
    '/app/node_modules/eventsource-parser/dist/index.js',
    '/app/node_modules/.pnpm/rxllm@0.1.0_rxjs@7.8.2/node_modules/rxllm/dist/angular/index.js',
    '/app/node_modules/.pnpm/eventsource-parser@4.1.3/node_modules/eventsource-parser/dist/index.js',
    '/app/node_modules/rxllm/node_modules/eventsource-parser/dist/index.js',
    '/app/node_modules/@angular/core/fesm2022/core.mjs',
    '/app/node_modules/@angular/common/locales/de.js',
    '/app/src/app.spec.ts',
  ])('has %s translated', (path) => {
    expect(isLeftAsIs(path)).toBe(false);
  });

  it.each([
    '/app/node_modules/rxjs/dist/cjs/index.js',
    '/app/node_modules/io-ts/lib/index.js',
    '/app/node_modules/fp-ts/lib/Either.js',
    '/app/node_modules/rxllm-tools/index.js',
    '/app/node_modules/@other/rxllm.js',
  ])('leaves %s as it is', (path) => {
    expect(isLeftAsIs(path)).toBe(true);
  });
});
