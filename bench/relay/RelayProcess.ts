import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** A process of the scenario, and what it says, as promises. */
export class RelayProcess<To extends object, From extends { readonly type: string }> {
  readonly #child: ChildProcess;
  readonly #heard: From[] = [];
  readonly #waiting = new Set<() => void>();
  #exit: number | undefined;

  constructor(script: string, ...args: readonly string[]) {
    this.#child = fork(join(import.meta.dirname, script), [...args], {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    });
    this.#child.on('message', (message: From) => {
      this.#heard.push(message);
      for (const wake of this.#waiting) wake();
    });
    this.#child.on('exit', (code) => {
      this.#exit = code ?? 1;
      for (const wake of this.#waiting) wake();
    });
  }

  say(message: To): void {
    this.#child.send(message);
  }

  /** The next message of a type, which may have come already; each is given once. */
  async hear<Type extends From['type']>(type: Type): Promise<Extract<From, { readonly type: Type }>> {
    for (;;) {
      const at = this.#heard.findIndex((message) => message.type === type);
      if (at >= 0) return this.#heard.splice(at, 1)[0] as Extract<From, { readonly type: Type }>;
      if (this.#exit !== undefined) throw new Error(`a process of the benchmark ended with ${this.#exit}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
