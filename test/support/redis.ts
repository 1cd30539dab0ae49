import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

/** Redis, and Valkey, which speaks the same. */
export type RedisEngine = 'redis-server' | 'valkey-server';

const engines: readonly RedisEngine[] = ['redis-server', 'valkey-server'];

const paths: Readonly<Record<RedisEngine, string>> = {
  'redis-server': 'REDIS_SERVER_PATH',
  'valkey-server': 'VALKEY_SERVER_PATH',
};

const installCommands: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt-get install redis-server',
  darwin: 'brew install redis',
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Said where there is no Redis; holds the one command that changes it. */
export const redisMissing = `There is no redis-server here: ${
  installCommands[process.platform] ?? 'see https://redis.io/docs/latest/operate/oss_and_stack/install/'
} (or say where one is: REDIS_SERVER_PATH=...)`;

/** Where an engine is on this machine. A `REDIS_SERVER_PATH` or `VALKEY_SERVER_PATH` that leads nowhere is an error. */
export const findRedis = (engine: RedisEngine = 'redis-server'): string | undefined => {
  const told = process.env[paths[engine]] ?? '';
  if (told !== '') {
    if (isExecutable(told)) return told;
    throw new Error(`${paths[engine]} is ${told}, and no program is there`);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...folders, '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => join(folder, engine)).find(isExecutable);
};

export interface RedisOptions {
  /** @defaultValue 'redis-server' */
  readonly engine?: RedisEngine | undefined;
  /** How often the log of commands is forced to the disk; without one, a restart forgets everything. @defaultValue 'off' */
  readonly aof?: 'off' | 'everysec' | 'always' | undefined;
  /** More settings, as on the command line: `['--maxmemory', '10mb']`. */
  readonly settings?: readonly string[] | undefined;
  /** Set for the process: `LD_PRELOAD`, for one. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

type Process = ChildProcessByStdio<null, Readable, null>;

/** A server that is running, on loopback, with a folder of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Where it keeps what outlives it. */
  readonly folder: string;
  /** Changes with each start. */
  readonly pid: number;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
  /** Kills it if it is running, and starts it again on the same port and folder. Resolves once it takes connections. */
  restart(): Promise<void>;
  /** Ends it for good and deletes its folder. */
  stop(): Promise<void>;
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address with a port');
  return address.port;
};

/** Starts the program, and waits until it takes connections. */
const begin = async (path: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Process> => {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      // It goes on talking; nobody listens any more.
      if (said.includes('Ready to accept connections')) return;
      said += data.toString();
      if (said.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`${path} ended with ${String(code)} before it was ready:\n${said}`));
    });
  });
  return child;
};

const gone = async (child: Process): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  // One that is stopped (SIGSTOP) ends by this signal, too.
  child.kill('SIGKILL');
  await exit;
};

/** Starts a server on a free port of loopback, in a temporary folder; `stop` it. */
export const launchRedis = async (options: RedisOptions = {}): Promise<RedisServer> => {
  const { engine = 'redis-server', aof = 'off', settings = [], env = {} } = options;
  const path = findRedis(engine);
  if (path === undefined) throw new Error(redisMissing);
  const folder = mkdtempSync(join(tmpdir(), 'rxllm-redis-'));
  const args = (port: number): readonly string[] => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', aof === 'off' ? 'no' : 'yes', '--appendfsync', aof === 'off' ? 'no' : aof],
    ...settings,
  ];
  const first = async (triesLeft = 4): Promise<{ port: number; child: Process }> => {
    const port = await freePort();
    try {
      return { port, child: await begin(path, args(port), env) };
    } catch (error) {
      // Somebody else took the port in between.
      if (triesLeft === 0) throw error;
      return first(triesLeft - 1);
    }
  };
  const started = await first();
  const { port } = started;
  let { child } = started;
  // A run that ends early leaves no server behind.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder,
    get pid() {
      return child.pid as number;
    },
    kill: () => gone(child),
    async restart() {
      await gone(child);
      child = await begin(path, args(port), env);
    },
    async stop() {
      process.off('exit', onExit);
      await gone(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const isCi = (): boolean => !['', '0', 'false'].includes(process.env['CI'] ?? '');

/** How long a server may take to start on a busy machine, in milliseconds. */
const startMs = 20_000;

/**
 * A `describe` whose tests have a real Redis, one for all of them. Where there is none they are counted as skipped, and it is said
 * how to install it; in CI (`CI=true`) they fail.
 */
export const describeWithRedis = (
  title: string,
  suite: (redis: () => RedisServer) => void,
  options: RedisOptions = {},
): void => {
  let server: RedisServer | undefined;
  const started = (): RedisServer => {
    if (!server) throw new Error('the server starts before the first test, not while tests are collected');
    return server;
  };
  if (findRedis(options.engine) === undefined && !isCi()) {
    // Of a suite that is skipped jest prints no titles.
    console.warn(`Skipped: ${title}. ${redisMissing}`);
    describe.skip(title, () => {
      suite(started);
    });
    return;
  }
  describe(title, () => {
    beforeAll(async () => {
      server = await launchRedis(options);
    }, startMs);
    suite(started);
    // Behind those of the suite: its clients leave first.
    afterAll(() => server?.stop());
  });
};

/** The same with Redis, and again with Valkey where there is one: nobody has to have both. */
export const describeEachEngine = (
  title: string,
  suite: (redis: () => RedisServer, engine: RedisEngine) => void,
  options: Omit<RedisOptions, 'engine'> = {},
): void => {
  for (const engine of engines) {
    if (engine !== 'redis-server' && findRedis(engine) === undefined) continue;
    describeWithRedis(
      `${title} (${engine})`,
      (redis) => {
        suite(redis, engine);
      },
      { ...options, engine },
    );
  }
};
