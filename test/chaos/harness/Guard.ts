import { type ChildProcess, spawn } from 'node:child_process';

/** Reads lines of process numbers; when its input ends, whatever the reason, it ends those of the last line. */
const script = 'while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids 2>/dev/null';

/**
 * Ends the processes of a run when the run is gone, also where it was killed and could do nothing any more: one of its own group
 * would be stopped or interrupted with it.
 */
export class Guard {
  readonly #child: ChildProcess;
  readonly #pids = new Set<number>();

  constructor() {
    this.#child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.unref();
  }

  add(pid: number): void {
    this.#pids.add(pid);
    this.#write();
  }

  delete(pid: number): void {
    this.#pids.delete(pid);
    this.#write();
  }

  /** Ends what is left, and itself. */
  close(): void {
    this.#child.stdin?.end();
  }

  #write(): void {
    this.#child.stdin?.write(`${[...this.#pids].join(' ')}\n`);
  }
}
