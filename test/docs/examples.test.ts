import '../support/angular.ts';

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  asPublished,
  checkDocs,
  type Example,
  examplesInMarkdown,
  examplesInSource,
  filesInMarkdown,
  makesAssertions,
  needsRedis,
  runExample,
  withAssertions,
} from '../support/docExamples.ts';
import { root } from '../support/entryPoints.ts';
import { describeWithRedis } from '../support/redis.ts';

/** Reads all files of a folder, or the one file, that end in `ending`. */
const read = <T>(path: string, ending: string, itemsIn: (file: string, text: string) => readonly T[]): T[] => {
  const top = join(root, path);
  if (!existsSync(top)) return [];
  const files = path.endsWith(ending) ? [''] : readdirSync(top, { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => join(path, file))
    .filter((file) => file.endsWith(ending))
    .flatMap((file) => itemsIn(file, readFileSync(join(root, file), 'utf8')));
};

const inSource = read('src', '.ts', examplesInSource);
const inMarkdown = [...read('README.md', '.md', examplesInMarkdown), ...read('docs', '.md', examplesInMarkdown)];
/** The programs that pages show, as they show them. */
const shown = read('docs', '.md', (file, text) => [...filesInMarkdown(file, text)]);
/** A type-checker takes its time to start. */
const checkerTimeoutMs = 120_000;

const running = [...inSource, ...inMarkdown.filter(makesAssertions)];

describeWithRedis('the docs, on a Redis,', (redis) => {
  it.each(running.filter(needsRedis))('run $name', async (example) => {
    process.env['REDIS_URL'] = redis().url;
    await runExample(example);
  });
});

describe('the docs', () => {
  it.each(running.filter((example) => !needsRedis(example)))('run $name', async (example) => {
    await runExample(example);
  });

  it('assert something in every example of a docblock', () => {
    expect(inSource.filter((example) => !makesAssertions(example))).toEqual([]);
  });

  it.each(shown)('show %s as it is run', (path, code) => {
    expect(code).toBe(asPublished(readFileSync(join(root, path), 'utf8')));
  });

  it('show every recipe that is a program', () => {
    const recipes = readdirSync(join(root, 'examples/recipes')).map((file) => `examples/recipes/${file}`);

    expect(recipes.filter((path) => !shown.some(([file]) => file === path))).toEqual([]);
  });

  it(
    'have types that hold, and an example for every public function, constant and class',
    () => {
      expect(checkDocs([...inSource, ...inMarkdown])).toEqual({ typeErrors: [], withoutExample: [] });
    },
    checkerTimeoutMs,
  );
});

describe('the checks themselves', () => {
  const example = (code: string): Example => ({ name: 'it', code });

  it('refuse an @example without a title or a block', () => {
    const block = '\n * ```ts\n * 1; // => 1\n * ```\n';

    expect(examplesInSource('a.ts', `/**\n * @example One${block} */`)).toEqual([
      { name: 'a.ts: One', code: '1; // => 1\n' },
    ]);
    expect(() => examplesInSource('a.ts', `/**\n * @example${block} */`)).toThrow('a.ts');
    expect(() => examplesInSource('a.ts', '/**\n * @example One\n */')).toThrow('a.ts');
  });

  it('take the ts blocks of Markdown that are not marked no-check', () => {
    const text = 'A\n\n```ts\n1;\n```\n\n```ts no-check\n2;\n```\n\n```sh\n3\n```\n\n- B\n\n  ```ts\n  4;\n  ```\n';

    expect(examplesInMarkdown('a.md', text)).toEqual([
      { name: 'a.md:3', code: '1;\n' },
      { name: 'a.md:17', code: '  4;\n' },
    ]);
  });

  it('take the blocks that bear the path of a file for that file, its imports as users write them', () => {
    const text = '```ts a/b.ts\n1;\n```\n\nA\n\n```ts a/b.ts\n2;\n```\n\n```ts\n3;\n```\n';

    expect([...filesInMarkdown('a.md', text)]).toEqual([['a/b.ts', '1;\n\n2;\n']]);
    expect(examplesInMarkdown('a.md', text)).toEqual([{ name: 'a.md:11', code: '3;\n' }]);
    expect(asPublished(`/** Run it. */\nimport { a } from '../../src/index.ts';\n/** b */\n`)).toBe(
      `import { a } from 'rxllm';\n/** b */\n`,
    );
    expect(() => asPublished(`import { a } from '../../src/internal/redact.ts';`)).toThrow('no public entry point');
  });

  it('make assertions of expressions at the top level, and refuse others', () => {
    expect(withAssertions('const a = 1;\na + // one\n  1; // => 2\na; // one\na\n// => 1')).toBe(
      'const a = 1;\nexpect(a + // one\n  1).toEqual(2);\na; // one\nexpect(a).toEqual(1);',
    );
    expect(() => withAssertions('const a = 1; // => 1')).toThrow('top level');
    expect(() => withAssertions('[1].forEach((n) => {\n  n; // => 1\n});')).toThrow('top level');
  });

  it('fail an example that is wrong, early or late', async () => {
    await expect(runExample(example('1 + 1; // => 3'))).rejects.toThrow('toEqual');
    await expect(runExample(example('await Promise.resolve();\n1 + 1; // => 3'))).rejects.toThrow('toEqual');
    await expect(runExample(example(`await Promise.reject(new Error('mine'));`))).rejects.toThrow('mine');
    await runExample(example(`import { of, lastValueFrom } from 'rxjs';\nawait lastValueFrom(of(1, 2)); // => 2`));
  });

  it('run what needs Angular in an application of its own', async () => {
    const code = `import { InjectionToken } from '@angular/core';
import { TestBed } from '@angular/core/testing';
const NAME = new InjectionToken<string>('NAME');
TestBed.inject(NAME, 'nobody'); // => 'nobody'
TestBed.resetTestingModule().configureTestingModule({ providers: [{ provide: NAME, useValue: 'me' }] });
TestBed.inject(NAME); // => 'me'`;

    await runExample(example(code));
    await expect(runExample(example(code.replace(`=> 'me'`, `=> 'you'`)))).rejects.toThrow('toEqual');
  });

  it('let an example import nothing but what is public', async () => {
    await expect(runExample(example(`import { root } from '../support/entryPoints.ts';\nroot;`))).rejects.toThrow(
      'no public entry point',
    );
    await expect(runExample(example(`import fs from 'node:fs';\nfs;`))).rejects.toThrow('no public entry point');
  });

  it(
    'tell an example whose types do not hold',
    () => {
      const { typeErrors } = checkDocs([
        example(`import { of } from 'rxjs';\nconst wrong: string = of(1);`),
        example('const wrong = await Promise.resolve(1);'),
        example(`import { nothing } from 'rxllm/src/index.ts';`),
      ]);

      expect(typeErrors).toEqual([
        expect.stringContaining(`not assignable to type 'string'`),
        expect.stringContaining('rxllm/src/index.ts'),
      ]);
    },
    checkerTimeoutMs,
  );
});
