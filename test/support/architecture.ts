import { posix } from 'node:path';
import ts from 'typescript';

/** Paths below `src/`, with the text of each file. */
export type Files = ReadonlyMap<string, string>;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path below `src/`; `undefined` for a package. */
  readonly to: string | undefined;
  readonly isTypeOnly: boolean;
  readonly isReExport: boolean;
}

const folderOf = (file: string): string => (file.includes('/') ? posix.dirname(file) : '');

const parse = (file: string, text: string): ts.SourceFile =>
  ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);

/** `import { type A }` counts as a value: with `verbatimModuleSyntax` the import itself stays in the output. */
const importsOf = (file: string, text: string): Import[] => {
  const found: Import[] = [];
  const add = (target: ts.Node | undefined, isTypeOnly: boolean, isReExport = false): void => {
    if (target === undefined || !ts.isStringLiteral(target)) return;
    const to = target.text.startsWith('.') ? posix.join(folderOf(file), target.text) : undefined;
    found.push({ from: file, specifier: target.text, to, isTypeOnly, isReExport });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, true);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(file, text));
  return found;
};

const allImports = (files: Files): Import[] => [...files].flatMap(([file, text]) => importsOf(file, text));

/** Folders that are on disk but not in the list, the other way round, and files that stand in none. */
export const unlisted = (files: Files, folders: readonly string[]): string[] => {
  const onDisk = new Set([...files.keys()].filter((file) => file !== 'index.ts').map(folderOf));
  return [
    ...[...onDisk].filter((folder) => !folders.includes(folder)).map((folder) => `"${folder}" is not listed`),
    ...folders.filter((folder) => !onDisk.has(folder)).map((folder) => `"${folder}" is listed but holds no file`),
  ];
};

/** Imports of a folder further down. The types of the files in `freeTypes` may be had from anywhere. */
export const againstTheOrder = (files: Files, folders: readonly string[], freeTypes: readonly string[]): string[] => {
  // The top index.ts gathers everything, so nothing may import it.
  const row = (file: string): number => (file === 'index.ts' ? folders.length : folders.indexOf(folderOf(file)));
  return allImports(files)
    .filter(({ to, isTypeOnly }) => to !== undefined && !(isTypeOnly && freeTypes.includes(to)))
    .filter(({ from, to = '' }) => row(to) === -1 || row(to) > row(from))
    .map(({ from, to = '' }) => `${from} imports ${to}`);
};

/** Imports of a folder in `folder/` by others than itself and those in `allowed`. */
export const reachingInto = (files: Files, folder: string, allowed: readonly string[]): string[] =>
  allImports(files)
    .filter(({ from, to = '' }) => folderOf(to).startsWith(`${folder}/`) && folderOf(to) !== folderOf(from))
    .filter(({ from }) => !allowed.includes(folderOf(from)))
    .map(({ from, to = '' }) => `${from} imports ${to}`);

/** Re-exports of what is in `folder`. */
export const exposing = (files: Files, folder: string): string[] =>
  allImports(files)
    .filter(({ to = '', isReExport }) => isReExport && folderOf(to) === folder)
    .map(({ from, to = '' }) => `${from} exports ${to}`);

/** Circles of value imports, each told once, from its first file in `files`. */
export const cycles = (files: Files): string[] => {
  const next = new Map<string, string[]>();
  for (const { from, to, isTypeOnly } of allImports(files)) {
    if (to !== undefined && !isTypeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '));
    if (done.has(file)) return;
    done.add(file);
    for (const target of next.get(file) ?? []) walk(target, [...path, file]);
  };
  for (const file of files.keys()) walk(file, []);
  return found;
};

/** Where a package may be imported; `isTypeOnly` tells types from values. A package without a rule may not be. */
export type PackageRules = Readonly<Record<string, (file: string, isTypeOnly: boolean) => boolean>>;

/** `rxjs/testing` belongs to `rxjs`, every `node:*` to `node:`. */
const packageOf = (specifier: string): string =>
  specifier.startsWith('node:') ? 'node:' : (/^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);

export const packagesOutOfPlace = (files: Files, rules: PackageRules): string[] =>
  allImports(files)
    .filter(({ to }) => to === undefined)
    .filter(({ from, specifier, isTypeOnly }) => rules[packageOf(specifier)]?.(from, isTypeOnly) !== true)
    .map(({ from, specifier, isTypeOnly }) => `${from} imports ${isTypeOnly ? 'types of ' : ''}${specifier}`);

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);

const namesIn = (statement: ts.Statement): string[] => {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
  }
  if (!isExported(statement)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  return 'name' in statement ? [(statement.name as ts.Identifier).text] : [];
};

/** Files that export nothing of their own name. */
export const misnamed = (files: Files, exempt: readonly string[]): string[] =>
  [...files]
    .filter(([file]) => !exempt.includes(file) && !exempt.includes(posix.basename(file)))
    .filter(([file, text]) => !parse(file, text).statements.flatMap(namesIn).includes(posix.basename(file, '.ts')))
    .map(([file]) => `${file} exports no ${posix.basename(file, '.ts')}`);
