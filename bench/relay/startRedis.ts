import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });

/** A redis-server of its own, without files; `undefined` where there is none on this machine. */
export const startRedis = async (): Promise<{ readonly port: number; close(): Promise<void> } | undefined> => {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'rxllm-bench-'));
  const settings = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder };
  const child = spawn(
    'redis-server',
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
  );
  const isReady = await new Promise<boolean>((resolve) => {
    child.once('error', () => {
      resolve(false);
    });
    child.once('exit', () => {
      resolve(false);
    });
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve(true);
    });
  });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  if (isReady) return { port, close };
  await close();
  return undefined;
};
