import { spawn } from 'node:child_process';

import { root } from './entryPoints.ts';

/** An example that is running as a process of its own. */
export interface ExampleServer {
  /** Without a slash at the end. */
  readonly origin: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends SIGTERM; resolves with the exit code, or with the signal that ended it. */
  readonly end: () => Promise<number | NodeJS.Signals | null>;
  /** Ends it as a power cut does. */
  readonly kill: () => Promise<unknown>;
}

/** How long a process may take to start on a busy machine, in milliseconds. */
const startMs = 50_000;

const started: ExampleServer[] = [];

afterAll(async () => {
  await Promise.all(started.splice(0).map(({ kill }) => kill()));
});

/** Starts an example by its command on a free port, until the file's tests are over. */
export const exampleServer = async (
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ExampleServer> => {
  const child = spawn(process.execPath, [...command, '0'], {
    cwd: root,
    // Nothing of the caller's, who may have a key.
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      resolve(signal ?? code);
    });
  });
  const origin = await new Promise<string>((resolve, reject) => {
    const fail = (what: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${command.join(' ')} ${what}\n${stdout}${stderr}`));
    };
    const timer = setTimeout(() => {
      fail('said no address');
    }, startMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const [, address] = /(http:\/\/[\d.:]+)\/ /.exec(stdout) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    void exit.then((code) => {
      clearTimeout(timer);
      fail(`ended with ${String(code)}`);
    });
  });
  const running: ExampleServer = {
    origin,
    stdout: () => stdout,
    stderr: () => stderr,
    end: () => {
      child.kill('SIGTERM');
      return exit;
    },
    kill: () => {
      child.kill('SIGKILL');
      return exit;
    },
  };
  started.push(running);
  return running;
};
