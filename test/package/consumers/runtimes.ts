import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { entryPoints } from '../../support/entryPoints.ts';
import { execute } from '../execute.ts';
import { type Installation, installed } from '../installed.ts';
import type { Consumer } from './Consumer.ts';
import { folderWith } from './folderWith.ts';
import { peersToImport } from './peersToImport.ts';
import { bunVersion, denoVersion, nodeVersions, peersWith } from './versions.ts';

interface Runtime {
  readonly label: string;
  readonly isInCi: boolean;
  /** Gives the program that runs scripts. */
  readonly program: () => Promise<string>;
  readonly options?: readonly string[];
}

const imports = [peersToImport, entryPoints.map(({ specifier }) => specifier)].map((list) => JSON.stringify(list));

const nothingLeft = `imported ${entryPoints.length}, and nothing but them`;

const runtime = ({ label, isInCi, program, options = [] }: Runtime): Consumer => {
  /** Runs a script, which ends well only if it says so, too. */
  const run = async (said: string, cwd: string, ...args: readonly string[]): Promise<void> => {
    assert.match(await execute(await program(), [...options, ...args], { cwd, maxMs: 60_000 }), new RegExp(said));
  };
  return {
    label,
    kind: 'runtimes',
    isInCi,
    prepare: async (tarball) => {
      await program();
      return folderWith('runtimes', peersWith('22'), tarball);
    },
    cells: {
      import: (folder) => run(nothingLeft, folder, 'esm/imports.js', ...imports),
      require: (folder) => run(nothingLeft, folder, 'cjs/imports.js', ...imports),
      'only entry points': (folder) => run('out of reach', folder, 'esm/reach.js'),
      program: (folder) => run('well, with', folder, 'esm/program.js'),
      'CommonJS program': (folder) => run('well, with', folder, 'cjs/program.js'),
    },
  };
};

const packaged = (installation: Installation, program: string) => async (): Promise<string> =>
  join(await installed(installation), 'node_modules', program);

const node = (version: string): Runtime => ({
  label: `Node ${version}`,
  isInCi: false,
  program: packaged({ name: 'node', dependencies: { node: version }, scriptsOf: ['node'] }, 'node/bin/node'),
});

/** The machine's own Node, which `npm run` hides behind `node_modules/.bin`. */
const ownNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((directory) => !directory.includes('node_modules'))
  .map((directory) => join(directory, 'node'))
  .find((file) => existsSync(file) && file !== process.execPath);

const atHand: readonly Runtime[] = [
  { label: `Node ${process.versions.node}, this one`, isInCi: true, program: () => Promise.resolve(process.execPath) },
  ...(ownNode === undefined
    ? []
    : [{ label: `Node, the machine's own`, isInCi: true, program: () => Promise.resolve(ownNode) }]),
];

export const runtimes: readonly Consumer[] = [
  ...nodeVersions.filter((version) => version !== process.versions.node).map(node),
  ...atHand,
  {
    label: `Deno ${denoVersion}`,
    isInCi: false,
    program: packaged({ name: 'deno', dependencies: { deno: denoVersion }, scriptsOf: ['deno'] }, '.bin/deno'),
    options: ['run', '--allow-all', '--node-modules-dir=manual'],
  },
  {
    label: `Bun ${bunVersion}`,
    isInCi: false,
    program: packaged({ name: 'bun', dependencies: { bun: bunVersion }, scriptsOf: ['bun'] }, '.bin/bun'),
  },
].map(runtime);
