import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const root = join(import.meta.dirname, '..', '..');
const app = join(root, 'examples', 'angular-chat');
const installed = join(app, 'node_modules');
/** What the built application was made of. */
const recipe = join(app, 'dist', 'recipe.txt');

export interface PrepareOptions {
  /** Told of each step. @defaultValue nobody is told */
  readonly log?: ((text: string) => void) | undefined;
}

const run = async (folder: string, command: string, ...args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await execute(command, args, {
      cwd: folder,
      maxBuffer: 2 ** 26,
      shell: process.platform === 'win32',
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

const filesIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
};

/** A sum of all that is in some files and folders, names included. */
const sumOf = async (paths: readonly string[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const path of paths) {
    const files = (await stat(path)).isDirectory() ? [...(await filesIn(path))].sort() : [path];
    for (const file of files) hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex');
};

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** Builds the library and packs it as it would be published. A link to its folder would bring a second Angular along. */
const pack = async (): Promise<void> => {
  await run(root, 'npm', 'run', '--silent', 'build');
  const folder = await mkdtemp(join(tmpdir(), 'rxllm-playground-'));
  const name = (await run(folder, 'npm', 'pack', root, '--silent', '--ignore-scripts')).trim();
  await cp(join(folder, name), join(app, 'rxllm.tgz'));
  await rm(folder, { recursive: true });
};

/** Puts the packed library where `npm ci` put the one before. */
const unpack = async (): Promise<void> => {
  const [place, fresh] = [join(installed, 'rxllm'), join(installed, '.rxllm')];
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh);
  await run(app, 'tar', '-xzf', 'rxllm.tgz', '-C', fresh, '--strip-components', '1');
  await rm(place, { recursive: true, force: true });
  await rename(fresh, place);
};

/** Builds the application, from the library as it is now; does nothing where that has been done. */
export const preparePlayground = async ({ log = () => undefined }: PrepareOptions = {}): Promise<void> => {
  const lock = await sumOf([join(app, 'package-lock.json')]);
  const wanted = await sumOf([
    ...['src', 'build', 'package.json', 'tsconfig.build.json'].map((name) => join(root, name)),
    ...['src', 'public', 'angular.json', 'tsconfig.json', 'package-lock.json'].map((name) => join(app, name)),
  ]);
  if ((await textOf(recipe)) === wanted) {
    log('The application is built already.');
    return;
  }
  log('Packing the library ...');
  await pack();
  if ((await textOf(join(installed, 'lock.txt'))) === lock) await unpack();
  else {
    log('Installing Angular: about 450 MB, once; half a minute or more ...');
    await run(app, 'npm', 'ci', '--silent', '--no-audit', '--no-fund');
    await writeFile(join(installed, 'lock.txt'), lock);
  }
  log('Building the application ...');
  await run(app, 'npm', 'run', '--silent', 'build');
  await writeFile(recipe, wanted);
};
