import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Said where there is no nginx; holds the one command that changes it. */
export const nginxMissing = `There is no nginx here: ${
  process.platform === 'darwin' ? 'brew install nginx' : 'sudo apt-get install nginx-light'
}`;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where nginx is on this machine. */
export const findNginx = (): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
    .map((folder) => join(folder, 'nginx'))
    .find(isExecutable);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

const takesConnections = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

/** All that nginx needs to run as anybody, in a folder of its own; `location` is what matters to a test. */
const configuration = (port: number, backendPort: number, http: string, location: string): string => `
daemon off;
pid nginx.pid;
error_log error.log;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ${http}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${backendPort};
      ${location}
    }
  }
}
`;

export interface Nginx {
  readonly port: number;
  readonly url: string;
  /** Reads its configuration again; workers of before end what they are at. */
  reload(): void;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** Lines of its `http` block. */
  readonly http?: string;
  /** Lines of the `location` of the server behind it. */
  readonly location?: string;
  /** The whole of it, where it is not to be the one that is written here. */
  readonly configure?: (port: number, backendPort: number) => string;
}

/** Starts nginx in front of a port of loopback; `stop` it. */
export const launchNginx = async (
  backendPort: number,
  {
    http = '',
    location = '',
    configure = (port) => configuration(port, backendPort, http, location),
  }: NginxOptions = {},
): Promise<Nginx> => {
  const path = findNginx();
  if (path === undefined) throw new Error(nginxMissing);
  const folder = mkdtempSync(join(tmpdir(), 'rxllm-nginx-'));
  // Workers run as somebody else where it is started by root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configure(port, backendPort));
  const child = spawn(path, ['-p', folder, '-e', 'error.log', '-c', 'nginx.conf'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const onExit = (): void => void child.kill('SIGTERM');
  process.once('exit', onExit);
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode} before it was ready`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    reload() {
      child.kill('SIGHUP');
    },
    async stop() {
      process.off('exit', onExit);
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const isCi = (): boolean => !['', '0', 'false'].includes(process.env['CI'] ?? '');

/** A `describe` whose tests have nginx. Where there is none they are skipped, and it is said how to install it; in CI they fail. */
export const describeWithNginx = (title: string, suite: () => void): void => {
  if (findNginx() !== undefined || isCi()) {
    describe(title, suite);
    return;
  }
  console.warn(`Skipped: ${title}. ${nginxMissing}`);
  describe.skip(title, suite);
};
