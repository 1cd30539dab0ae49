import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';
import ts from 'typescript';

import { root } from '../support/entryPoints.ts';

const folder = join(root, 'src', 'angular');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** What a compiler that knows nothing of Angular makes of a file. */
const built = (text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      experimentalDecorators: true,
    },
  }).outputText;

/** What only works where Angular's compiler, or its linker, has had the code in hand; it would fail in production only. */
const needsCompiler =
  /__decorate|ɵ|@Injectable|@Component|@Directive|@Pipe|@NgModule|\binput\(|\boutput\(|\bviewChild\(/;

/** What the bundle for `code` is made of, Angular and RxJS left out. */
const bundled = async (code: string) => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    external: ['@angular/*', 'rxjs'],
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: 'esm',
    target: 'es2022',
  });
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    text: outputFiles[0]?.text ?? '',
    packages: new Set((output?.imports ?? []).map(({ path }) => path)),
    files: inputs.map(([file]) => file),
  };
};

describe('rxllm/angular, as it is built', () => {
  it('needs no compiler of Angular', () => {
    const guilty = sources.filter((file) => needsCompiler.test(built(readFileSync(join(folder, file), 'utf8'))));

    expect(sources.length).toBeGreaterThan(15);
    expect(guilty).toEqual([]);
  });

  it.each([
    ['a decorator', `import { Injectable } from '@angular/core';\n@Injectable()\nexport class A {}`],
    ['a definition by hand', `export class A { static ɵprov = ɵɵdefineInjectable({}); }`],
    ['an input', `import { input } from '@angular/core';\nexport class A { readonly a = input(1); }`],
  ])('would be found out with %s', (_what, code) => {
    expect(built(code)).toMatch(needsCompiler);
  });

  it('leaves out what is not asked for', async () => {
    const { files, packages, text } = await bundled(`export { injectLlm, provideLlm } from 'rxllm/angular';`);

    expect(packages).toEqual(new Set(['@angular/common', '@angular/core', '@angular/core/rxjs-interop', 'rxjs']));
    expect(text.includes('partialText')).toBe(false);
    expect(files.filter((file) => /src\/(worker|chat|ui|testing)\//.test(file))).toEqual([]);
    expect(files.filter((file) => /angular\/(?!LLM_|LlmConfig|injectLlm|provideLlm)/.test(file))).toEqual([]);
  });

  it('has HttpClient where it is asked for', async () => {
    const { packages, text } = await bundled(`export { withHttpClient } from 'rxllm/angular';`);

    expect(packages).toContain('@angular/common/http');
    expect(text.includes('partialText')).toBe(true);
  });
});
