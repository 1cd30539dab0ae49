import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { entryPoints, root } from '../../support/entryPoints.ts';
import { executeNode } from '../execute.ts';
import { programOf } from '../programOf.ts';
import type { Consumer } from './Consumer.ts';
import { folderWith } from './folderWith.ts';
import { peersWith, typescriptVersions } from './versions.ts';

const esm = entryPoints.map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`);
const cjs = entryPoints.map(
  ({ specifier }, index) =>
    `import entry${index} = require('${specifier}');\nexport const is${index} = entry${index};\n`,
);

/** What servers import, whose projects may do without the types of a page. */
const forServers = entryPoints.filter(({ specifier }) => !/\/angular/.test(specifier));

const strict = {
  target: 'es2022',
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
};
const page = { ...strict, lib: ['es2022', 'dom', 'dom.iterable'], types: ['node'] };

/** Every entry point, and a program that uses most of them. */
const files = ['entries.mts', 'app/program.ts'];

const projects = {
  // CommonJS may require what is written in ES modules.
  nodenext: { compilerOptions: { ...page, module: 'nodenext' }, files: [...files, 'entries.cts'] },
  bundler: { compilerOptions: { ...page, module: 'esnext', moduleResolution: 'bundler' }, files },
  'without DOM': {
    compilerOptions: { ...strict, lib: ['es2022'], types: ['node'], module: 'nodenext' },
    files: ['servers.mts'],
  },
};

const compiler = (label: string, isInCi: boolean, prepare: Consumer['prepare'], home?: string): Consumer => ({
  label,
  kind: 'compilers',
  isInCi,
  prepare: async (tarball) => {
    const folder = await prepare(tarball);
    writeFileSync(join(folder, 'entries.mts'), esm.join(''));
    writeFileSync(join(folder, 'entries.cts'), cjs.join(''));
    writeFileSync(join(folder, 'servers.mts'), forServers.map(({ specifier }) => `import '${specifier}';\n`).join(''));
    cpSync(join(import.meta.dirname, 'app'), join(folder, 'app'), { recursive: true });
    return folder;
  },
  cells: Object.fromEntries(
    Object.entries(projects).map(([column, project]) => [
      column,
      async (folder: string) => {
        const file = `tsconfig.${column.replaceAll(' ', '-')}.json`;
        writeFileSync(join(folder, file), JSON.stringify(project));
        await executeNode([programOf(home ?? folder, 'typescript', 'tsc'), '-p', file], { cwd: folder });
      },
    ]),
  ),
});

const own = compiler('TypeScript, this one', true, (tarball) => folderWith('runtimes', peersWith('22'), tarball), root);

export const compilers: readonly Consumer[] = [
  own,
  ...typescriptVersions.map(({ typescript, angular }) =>
    compiler(`TypeScript ${typescript}, Angular ${angular}`, false, (tarball) =>
      folderWith(`typescript-${typescript}`, { ...peersWith(angular), typescript }, tarball),
    ),
  ),
];
