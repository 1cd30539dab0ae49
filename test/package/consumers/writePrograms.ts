import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const app = join(import.meta.dirname, 'app');

const forms = {
  esm: { type: 'module', module: ts.ModuleKind.ES2022 },
  cjs: { type: 'commonjs', module: ts.ModuleKind.CommonJS },
} as const;

/** Translates the programs in `app/` into both kinds of modules: `esm/` and `cjs/` within the folder. */
export const writePrograms = (folder: string): void => {
  for (const [form, { type, module }] of Object.entries(forms)) {
    mkdirSync(join(folder, form), { recursive: true });
    writeFileSync(join(folder, form, 'package.json'), JSON.stringify({ type }));
    for (const file of readdirSync(app)) {
      const { outputText } = ts.transpileModule(readFileSync(join(app, file), 'utf8'), {
        fileName: file,
        compilerOptions: { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
      });
      writeFileSync(join(folder, form, file.replace(/\.ts$/, '.js')), outputText);
    }
  }
};
