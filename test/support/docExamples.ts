import { join } from 'node:path';
import ts from 'typescript';

import { entryPoints, root } from './entryPoints.ts';

/** A piece of code that the docs show. */
export interface Example {
  /** Where it stands, and what it is called there. */
  readonly name: string;
  readonly code: string;
}

/** The `@example`s of all docblocks in a source file. Each needs a title and a ts block. */
export const examplesInSource = (file: string, text: string): Example[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(([docblock]) => {
    const [, ...examples] = docblock.replace(/^[ \t]*\* ?/gm, '').split(/^@example\b/m);
    return examples.map((example) => {
      const [, title, code] = /^ (\S.*)\n+```ts\n([\s\S]*?)^```/m.exec(example) ?? [];
      if (title === undefined || code === undefined)
        throw new Error(`${file}: an @example needs a title and a ts block`);
      return { name: `${file}: ${title}`, code };
    });
  });

interface Block extends Example {
  /** What stands behind `ts`: nothing, `no-check`, or the path of the file that the block is from. */
  readonly mark: string;
}

const blocksInMarkdown = (file: string, text: string): Block[] =>
  [...text.matchAll(/^([ \t]*)```ts\b(.*)\n([\s\S]*?)^\1```/gm)].map(({ 2: mark = '', 3: code = '', index }) => ({
    name: `${file}:${text.slice(0, index).split('\n').length}`,
    code,
    mark: mark.trim(),
  }));

/** The ts blocks of a Markdown file, but for those marked `no-check`, and those that a file of its own has, too. */
export const examplesInMarkdown = (file: string, text: string): Example[] =>
  blocksInMarkdown(file, text)
    .filter(({ mark }) => mark === '')
    .map(({ name, code }) => ({ name, code }));

/** The files that a Markdown file shows, by path: the code of the blocks that bear it, a blank line between two. */
export const filesInMarkdown = (file: string, text: string): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (const { mark, code } of blocksInMarkdown(file, text)) {
    if (!mark.endsWith('.ts')) continue;
    const before = files.get(mark);
    files.set(mark, before === undefined ? code : `${before}\n${code}`);
  }
  return files;
};

/** A file of the examples as a user writes it: imports are those of the public entry points; what heads it is left out. */
export const asPublished = (code: string): string =>
  code.replace(/^\/\*\*[\s\S]*?\*\/\n+/, '').replace(/ from '(?:\.\.\/)+(src\/[^']+)'/g, (_, path: string) => {
    const entry = entryPoints.find(({ source }) => source === path);
    if (entry === undefined) throw new Error(`"${path}" is no public entry point`);
    return ` from '${entry.specifier}'`;
  });

/** Whether an example asks a Redis, whose address is in `REDIS_URL`. */
export const needsRedis = ({ code }: Example): boolean => /from '(?:io)?redis'/.test(code);

export const makesAssertions = ({ code }: Example): boolean => code.includes('// =>');

/**
 * `expression; // => value` becomes an assertion; the comment may stand on the next line, too. Elsewhere than at
 * the top level an assertion might never run, so none may stand there.
 */
export const withAssertions = (code: string): string => {
  const { statements } = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  let asserted = code;
  for (const statement of [...statements].reverse()) {
    const [comment, value] = /^[ \t]*(?:\n[ \t]*)?\/\/ => (.+)/.exec(code.slice(statement.end)) ?? [];
    if (comment === undefined || !ts.isExpressionStatement(statement)) continue;
    const assertion = `expect(${statement.expression.getText()}).toEqual(${value});`;
    asserted = asserted.slice(0, statement.getStart()) + assertion + asserted.slice(statement.end + comment.length);
  }
  if (asserted.includes('// =>')) throw new Error('"// => value" must stand behind an expression at the top level');
  return asserted;
};

/** What examples that run may import. */
const modules = new Map<string, () => Promise<unknown>>([
  ...entryPoints.map(({ specifier, source }) => [specifier, () => import(join(root, source))] as const),
  ['rxjs', () => import('rxjs')],
  ['io-ts', () => import('io-ts')],
  ['marked', () => import('marked')],
  ['redis', () => import('redis')],
  ['ioredis', () => import('ioredis')],
  ['@opentelemetry/api', () => import('@opentelemetry/api')],
  ['@opentelemetry/context-async-hooks', () => import('@opentelemetry/context-async-hooks')],
  ['@opentelemetry/sdk-metrics', () => import('@opentelemetry/sdk-metrics')],
  ['@opentelemetry/sdk-trace-base', () => import('@opentelemetry/sdk-trace-base')],
  ['express', () => import('express')],
  ['openai', () => import('openai')],
  ['ai', () => import('ai')],
  ['@ai-sdk/openai', () => import('@ai-sdk/openai')],
  ['node:events', () => import('node:events')],
  ['node:http', () => import('node:http')],
  ['node:net', () => import('node:net')],
  ['node:worker_threads', () => import('node:worker_threads')],
  // Whoever runs examples of Angular's loads `angular.ts` first, as any test of it does.
  ['@angular/core', () => import('@angular/core')],
  ['@angular/core/rxjs-interop', () => import('@angular/core/rxjs-interop')],
  ['@angular/core/testing', () => import('@angular/core/testing')],
  ['@angular/common/http', () => import('@angular/common/http')],
  ['@angular/common/http/testing', () => import('@angular/common/http/testing')],
]);

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<void>;

/** Angular's decorators are those that TypeScript had before there was a standard. */
const howExamplesAreWritten = { esModuleInterop: false, experimentalDecorators: true };

/** Runs an example and its assertions, each import taken from the source of a public entry point. */
export const runExample = async ({ code }: Example): Promise<void> => {
  const asserted = withAssertions(code);
  const imports = new Map<string, unknown>();
  for (const { fileName } of ts.preProcessFile(asserted).importedFiles) {
    const load = modules.get(fileName);
    if (load === undefined) throw new Error(`"${fileName}" is no public entry point`);
    imports.set(fileName, await load());
  }
  const { outputText } = ts.transpileModule(asserted, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, ...howExamplesAreWritten },
  });
  await new AsyncFunction('require', 'exports', 'expect', outputText)((name: string) => imports.get(name), {}, expect);
};

export interface DocsProgram {
  readonly typeErrors: readonly string[];
  /** Public functions, constants and classes, errors aside, whose docblock shows no example. */
  readonly withoutExample: readonly string[];
}

const optionsOfProject = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root);
  // What an example makes and does not use is for its reader.
  const forReaders = { noUnusedLocals: false, noUnusedParameters: false };
  return { ...options, ...forReaders, experimentalDecorators: true };
};

const isTypeOnly = (symbol: ts.Symbol): boolean => symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) === true;

const isDocumented = (symbol: ts.Symbol, checker: ts.TypeChecker): boolean => {
  const isValue = (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable | ts.SymbolFlags.Class)) !== 0;
  const isError = (symbol.flags & ts.SymbolFlags.Class) !== 0 && symbol.name.endsWith('Error');
  return !isValue || isError || symbol.getJsDocTags(checker).some(({ name }) => name === 'example');
};

/** Type-checks the examples, and looks for public exports that have none. */
export const checkDocs = (examples: readonly Example[]): DocsProgram => {
  const options = optionsOfProject();
  const host = ts.createCompilerHost(options);
  const { readFile } = host;
  // `export {}` makes a module, with a scope of its own, of an example that imports nothing.
  const files = new Map(
    examples.map((example, index) => [join(root, 'test', 'docs', `example-${index}.ts`), example] as const),
  );
  host.readFile = (file) => (files.has(file) ? `${files.get(file)?.code}\nexport {};` : readFile(file));
  const sources = entryPoints.map(({ source }) => join(root, source));
  const program = ts.createProgram([...files.keys(), ...sources], options, host);
  const checker = program.getTypeChecker();

  return {
    typeErrors: [...files].flatMap(([file, { name }]) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      );
    }),
    withoutExample: entryPoints.flatMap(({ specifier, source }) => {
      const file = program.getSourceFile(join(root, source));
      const entry = file && checker.getSymbolAtLocation(file);
      return (entry ? checker.getExportsOfModule(entry) : [])
        .filter((symbol) => !isTypeOnly(symbol))
        .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
        .filter((symbol) => !isDocumented(symbol, checker))
        .map(({ name }) => `${specifier}: ${name}`);
    }),
  };
};
