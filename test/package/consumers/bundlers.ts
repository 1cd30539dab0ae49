import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { entryPoints, root } from '../../support/entryPoints.ts';
import { execute, executeNode } from '../execute.ts';
import type { Consumer } from './Consumer.ts';
import { folderWith } from './folderWith.ts';
import { bundlerVersions, peersWith } from './versions.ts';

/** One thing to bundle for production. */
interface Job {
  /** The file to begin with, within the folder. */
  readonly entry: string;
  readonly platform: 'browser' | 'node';
  /** The folder that gets the result, which is named as `entry` is. */
  readonly out: string;
}

/** Gives the program of a bundler, and what makes it do a job in a folder: arguments, and a configuration. */
type Tool = (
  job: Job,
  folder: string,
) => {
  readonly program: string;
  readonly args: readonly string[];
  readonly config?: object;
};

const configOf = ({ out }: Job): string => `${out}.config.js`;

const esbuild: Tool = ({ entry, platform, out }) => ({
  program: 'esbuild',
  args: [entry, '--bundle', '--minify', '--format=esm', `--platform=${platform}`, `--outdir=${out}`],
});

const vite: Tool = (job) => ({
  program: 'vite',
  args: ['build', '--logLevel', 'warn', '--config', configOf(job)],
  config: {
    build: {
      outDir: job.out,
      target: 'es2022',
      minify: true,
      modulePreload: false,
      ssr: job.platform === 'node',
      rollupOptions: {
        input: job.entry,
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
    ssr: { noExternal: true },
  },
});

const webpack: Tool = (job, folder) => ({
  program: 'webpack-cli',
  args: ['build', '--config', configOf(job), '--stats', 'errors-warnings'],
  config: {
    mode: 'production',
    entry: `./${job.entry}`,
    target: job.platform === 'node' ? 'node20' : ['web', 'es2022'],
    experiments: { outputModule: true },
    performance: { hints: false },
    output: { path: join(folder, job.out), filename: basename(job.entry), module: true, library: { type: 'module' } },
  },
});

/** Bundles, and gives what came of it; a warning is more than a user should get. */
const bundle = async (folder: string, home: string, tool: Tool, job: Job): Promise<string> => {
  const { program, args, config } = tool(job, folder);
  if (config) writeFileSync(join(folder, configOf(job)), `export default ${JSON.stringify(config)};\n`);
  const output = await execute(join(home, 'node_modules', '.bin', program), args, { cwd: folder });
  assert.doesNotMatch(output, /warning/i);
  return join(folder, job.out, basename(job.entry));
};

/** What Node's own modules are behind cannot be bundled for a page at all. */
const forBrowsers = entryPoints.filter(({ specifier }) => specifier !== 'rxllm/node');

/** Whatever a bundler adds by itself to a program that does nothing. */
const maxUnusedBytes = 100;

const bundler = (label: string, tool: Tool, packages: Readonly<Record<string, string>> = {}): Consumer => {
  const isInCi = Object.keys(packages).length === 0;
  // An installation's programs are where the installation is; see `folderWithin`.
  const home = (folder: string): string => (isInCi ? root : dirname(folder));
  return {
    label,
    kind: 'bundlers',
    isInCi,
    prepare: async (tarball) => {
      const name = isInCi ? 'runtimes' : Object.entries(packages).flat().join('-');
      const folder = await folderWith(name, { ...peersWith('22'), ...packages }, tarball);
      const imports = forBrowsers.map(({ specifier }, index) => `import * as entry${index} from '${specifier}';\n`);
      writeFileSync(join(folder, 'esm', 'unused.js'), imports.join(''));
      return folder;
    },
    cells: {
      // The page's part is bundled, and the program runs on that.
      browser: async (folder) => {
        await bundle(folder, home(folder), tool, { entry: 'esm/client.js', platform: 'browser', out: 'browser' });
        cpSync(join(folder, 'esm', 'program.js'), join(folder, 'browser', 'program.js'));
        await executeNode(['browser/program.js'], { cwd: folder, maxMs: 60_000 });
      },
      node: async (folder) => {
        const program = await bundle(folder, home(folder), tool, {
          entry: 'esm/program.js',
          platform: 'node',
          out: 'server',
        });
        // Whatever it did not take in is not there any more.
        const elsewhere = mkdtempSync(join(tmpdir(), 'bundled-'));
        try {
          cpSync(program, join(elsewhere, 'program.mjs'));
          await executeNode(['program.mjs'], { cwd: elsewhere, maxMs: 60_000 });
        } finally {
          rmSync(elsewhere, { recursive: true });
        }
      },
      'nothing used': async (folder) => {
        const job: Job = { entry: 'esm/unused.js', platform: 'browser', out: 'unused' };
        const { size } = statSync(await bundle(folder, home(folder), tool, job));
        assert(size <= maxUnusedBytes, `${size} bytes are left of imports that are not used`);
      },
    },
  };
};

export const bundlers: readonly Consumer[] = [
  bundler('esbuild, this one', esbuild),
  bundler(`esbuild ${bundlerVersions.esbuild}`, esbuild, { esbuild: bundlerVersions.esbuild }),
  ...bundlerVersions.vite.map((version) => bundler(`Vite ${version}`, vite, { vite: version })),
  bundler(`webpack ${bundlerVersions.webpack}`, webpack, {
    webpack: bundlerVersions.webpack,
    'webpack-cli': bundlerVersions.webpackCli,
  }),
];
