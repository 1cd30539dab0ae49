import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Guard } from './Guard.ts';
import type { FromServer, ServerConfig, ToServer } from './ServerConfig.ts';

const program = fileURLToPath(new URL('../server.ts', import.meta.url));

/** A server process; killed, it can be started again, on another port. */
export class ChaosServer {
  readonly config: ServerConfig;
  /** Called with what it tells, and when it ends without having been killed here. */
  onMessage: (message: FromServer) => void = () => undefined;
  /** Where it is reached; nowhere while it is dead. */
  port: number | undefined;
  isFrozen = false;
  readonly #guard: Guard;
  #child: ChildProcess | undefined;

  constructor(config: ServerConfig, guard: Guard) {
    this.config = config;
    this.#guard = guard;
  }

  get name(): string {
    return this.config.name;
  }

  /** Whether it answers, as far as one can know from here. */
  get isUp(): boolean {
    return this.port !== undefined && !this.isFrozen;
  }

  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', program, JSON.stringify(this.config)],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // What a test runner sets is not for it.
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    this.#child = child;
    const { pid } = child;
    if (pid === undefined) throw new Error(`${this.name} did not start`);
    this.#guard.add(pid);
    let said = '';
    child.stderr?.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-4_000);
    });
    child.once('exit', (code, signal) => {
      this.#guard.delete(pid);
      if (this.#child !== child) return;
      this.port = undefined;
      this.onMessage({ type: 'problem', text: `ended by itself (${signal ?? String(code)}): ${said}` });
    });
    this.port = await new Promise((resolve, reject) => {
      child.on('message', (message: FromServer) => {
        if (message.type === 'ready') resolve(message.port);
        else if (this.#child === child) this.onMessage(message);
      });
      child.once('exit', () => {
        reject(new Error(`${this.name} ended before it was ready: ${said}`));
      });
    });
  }

  tell(message: ToServer): void {
    if (this.port !== undefined) this.#child?.send(message, () => undefined);
  }

  freeze(): void {
    this.isFrozen = true;
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.isFrozen = false;
    this.#child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.port = undefined;
    this.isFrozen = false;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}
