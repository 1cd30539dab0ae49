import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

import {
  againstTheOrder,
  cycles,
  exposing,
  type Files,
  misnamed,
  type PackageRules,
  packagesOutOfPlace,
  reachingInto,
  unlisted,
} from './support/architecture.ts';
import { entryPoints, root } from './support/entryPoints.ts';

/** The folders of src as the flow has them: each imports only those above it. */
const folders = [
  'errors',
  'internal',
  'bytes',
  'frames',
  'deltas',
  'completions',
  'dialects',
  'dialects/openai-chat',
  'dialects/anthropic-messages',
  'dialects/openai-responses',
  'dialects/gemini',
  'dialects/ollama',
  'chunks',
  'fused',
  'ui',
  'text',
  'json',
  'resilience',
  'combine',
  'pipeline',
  'tools',
  'chat',
  'log',
  'log/redis',
  'server',
  'node',
  'relay',
  'worker',
  'otel',
  'angular',
  'angular/testing',
  'testing',
];

/** The nouns that everything is about. */
const freeTypes = ['frames/Frame.ts', 'completions/Completion.ts', 'dialects/Dialect.ts'];

/** The folders that may know one provider from another; every stage takes a dialect as an argument instead. */
const dialectUsers = ['server', 'testing', 'angular/testing'];

const packages: PackageRules = {
  rxjs: () => true,
  'eventsource-parser': (file) => file.startsWith('frames/'),
  'io-ts': (file, isTypeOnly) => isTypeOnly || file.endsWith('/codec.ts') || file === 'tools/schema.ts',
  // Its root costs 38 ms at start; io-ts makes the `Either`s.
  'fp-ts': (_file, isTypeOnly) => isTypeOnly,
  'node:': (file) => /^(testing|server|node)\//.test(file),
  '@opentelemetry/api': (file) => file.startsWith('otel/'),
  '@angular/core': (file) => file.startsWith('angular/'),
  '@angular/common': (file) => file.startsWith('angular/'),
};

/** Files that hold several things of one kind; those of a dialect map one thing both ways. */
const namelessFiles = [
  'index.ts',
  'codec.ts',
  'dialects/openai-chat/finishReasons.ts',
  'dialects/openai-chat/usage.ts',
  'dialects/anthropic-messages/stopReasons.ts',
  'dialects/anthropic-messages/usage.ts',
  'dialects/openai-responses/annotations.ts',
  'dialects/openai-responses/finishReasons.ts',
  'dialects/openai-responses/pieceEvents.ts',
  'dialects/openai-responses/toolItems.ts',
  'dialects/openai-responses/usage.ts',
  'dialects/gemini/citations.ts',
  'dialects/gemini/finishReasons.ts',
  'dialects/gemini/logprobs.ts',
  'dialects/gemini/usage.ts',
  'dialects/ollama/doneReasons.ts',
  'dialects/ollama/usage.ts',
  'tools/schema.ts',
];

const src = join(root, 'src');
const files: Files = new Map(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(src, file), 'utf8')]),
);

describe('src', () => {
  it('has no folder that is not listed, nor the other way round', () => {
    expect(unlisted(files, folders)).toEqual([]);
  });

  it('imports only upwards', () => {
    expect(againstTheOrder(files, folders, freeTypes)).toEqual([]);
  });

  it('knows no provider outside its own folder', () => {
    expect(reachingInto(files, 'dialects', dialectUsers)).toEqual([]);
  });

  it('keeps its helpers to itself', () => {
    expect(exposing(files, 'internal')).toEqual([]);
  });

  it('has no cycles', () => {
    expect(cycles(files)).toEqual([]);
  });

  it('imports packages only in their place', () => {
    expect(packagesOutOfPlace(files, packages)).toEqual([]);
  });

  it('is mapped in tsconfig.json as package.json publishes it', () => {
    const tsconfig = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config as {
      compilerOptions: { paths: unknown };
    };
    const paths = entryPoints.map(({ specifier, source }) => [specifier, [`./${source}`]] as const);

    expect(tsconfig.compilerOptions.paths).toEqual(Object.fromEntries(paths));
    expect(entryPoints.filter(({ source }) => !files.has(source.replace('src/', '')))).toEqual([]);
  });

  it('names each file after what it exports', () => {
    expect(misnamed(files, namelessFiles)).toEqual([]);
  });
});

/** A src of two folders, `up` above `down`. */
const house = (contents: Readonly<Record<string, string>>): Files => new Map(Object.entries(contents));

describe('the checks themselves', () => {
  it('tell an unlisted folder, an empty one and a file outside of any', () => {
    const contents = house({ 'index.ts': '', 'stray.ts': '', 'up/a.ts': '', 'new/deep/a.ts': '' });

    expect(unlisted(contents, ['up', 'down'])).toEqual([
      '"" is not listed',
      '"new/deep" is not listed',
      '"down" is listed but holds no file',
    ]);
  });

  it.each([
    ['import', `import { b } from '../down/b.ts';`],
    ['import for its effect', `import '../down/b.ts';`],
    ['import that keeps only types', `import { type B } from '../down/b.ts';`],
    ['type import', `import type { B } from '../down/b.ts';`],
    ['re-export', `export { b } from '../down/b.ts';`],
    ['type re-export', `export type * from '../down/b.ts';`],
    ['dynamic import', `const b = () => import('../down/b.ts');`],
    ['import in a type', `type B = import('../down/b.ts').B;`],
  ])('tell a downward %s', (_what, text) => {
    expect(againstTheOrder(house({ 'up/a.ts': text }), ['up', 'down'], [])).toEqual(['up/a.ts imports down/b.ts']);
    expect(againstTheOrder(house({ 'down/a.ts': text }), ['up', 'down'], [])).toEqual([]);
  });

  it('let free types through, but not values of the same file', () => {
    const free = (text: string): string[] => againstTheOrder(house({ 'up/a.ts': text }), ['up', 'down'], ['down/B.ts']);

    expect(free(`import type { B } from '../down/B.ts';`)).toEqual([]);
    expect(free(`import { b } from '../down/B.ts';`)).toEqual(['up/a.ts imports down/B.ts']);
  });

  it('tell an import of the top index, and of what lies outside src', () => {
    const contents = house({ 'down/a.ts': `import '../index.ts'; import '../../test/b.ts';` });

    expect(againstTheOrder(contents, ['up', 'down'], [])).toEqual([
      'down/a.ts imports index.ts',
      'down/a.ts imports ../test/b.ts',
    ]);
  });

  it('tell who reaches into a dialect, its siblings included', () => {
    const text = `import type { B } from '../openai-chat/b.ts';`;
    const contents = house({
      'dialects/openai-chat/a.ts': `import { b } from './b.ts';`,
      'dialects/gemini/a.ts': text,
      'chunks/a.ts': `import { b } from '../dialects/openai-chat/b.ts'; import type { D } from '../dialects/Dialect.ts';`,
      'testing/a.ts': `import { b } from '../dialects/openai-chat/b.ts';`,
    });

    expect(reachingInto(contents, 'dialects', ['testing'])).toEqual([
      'dialects/gemini/a.ts imports dialects/openai-chat/b.ts',
      'chunks/a.ts imports dialects/openai-chat/b.ts',
    ]);
  });

  it('tell a helper that is passed on', () => {
    const contents = house({ 'index.ts': `export { b } from './internal/b.ts'; import './internal/c.ts';` });

    expect(exposing(contents, 'internal')).toEqual(['index.ts exports internal/b.ts']);
  });

  it('tell a cycle of values, and see none in types', () => {
    const circle = (last: string): Files =>
      house({ 'a.ts': `import './b.ts';`, 'b.ts': `import './c.ts';`, 'c.ts': last, 'd.ts': `import './d.ts';` });

    expect(cycles(circle(`import { a } from './a.ts';`))).toEqual(['a.ts > b.ts > c.ts > a.ts', 'd.ts > d.ts']);
    expect(cycles(circle(`import type { A } from './a.ts';`))).toEqual(['d.ts > d.ts']);
  });

  it.each([
    ['bytes/a.ts', `import 'eventsource-parser';`],
    ['deltas/a.ts', `import * as t from 'io-ts';`],
    ['dialects/openai-chat/codec.ts', `import * as E from 'fp-ts/Either';`],
    ['pipeline/a.ts', `import { createServer } from 'node:http';`],
    ['testing/a.ts', `import { createServer } from 'http';`],
    ['frames/a.ts', `import type OpenAI from 'openai';`],
  ])('tell a package out of its place in %s', (file, text) => {
    expect(packagesOutOfPlace(house({ [file]: text }), packages)).toHaveLength(1);
  });

  it.each([
    ['frames/a.ts', `import 'eventsource-parser';`],
    ['deltas/a.ts', `import type * as t from 'io-ts'; import type { Either } from 'fp-ts/Either';`],
    ['dialects/openai-chat/codec.ts', `import * as t from 'io-ts';`],
    ['testing/a.ts', `import { createServer } from 'node:http';`],
    ['bytes/a.ts', `import { ajax } from 'rxjs/ajax';`],
  ])('let a package be in its place in %s', (file, text) => {
    expect(packagesOutOfPlace(house({ [file]: text }), packages)).toEqual([]);
  });

  it.each([
    'const a = 1;',
    'function a() {}',
    'class a {}',
    'interface a {}',
    'type a = 1;',
    '{ b as a };',
    '{ a } from "x";',
  ])('take `export %s` for the name of a.ts', (text) => {
    expect(misnamed(house({ 'up/a.ts': `export ${text}` }), [])).toEqual([]);
    expect(misnamed(house({ 'up/c.ts': `export ${text}` }), [])).toEqual(['up/c.ts exports no c']);
    expect(misnamed(house({ 'up/c.ts': `export ${text}` }), ['c.ts'])).toEqual([]);
  });
});
