import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** The inside of a worker: a Web Worker's own global scope, `parentPort` of `worker_threads`, or any `MessagePort`. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Node and browsers have events of their own
  addEventListener(type: 'message', listener: (event: any) => void): void;
  /** Ports of browsers want to be told to begin. */
  start?(): void;
}

interface Globals extends Partial<WorkerScope> {
  readonly document?: unknown;
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

const globals = (): Globals => globalThis;

/** `parentPort` of Node, asked for in a way that bundlers for browsers have nothing to resolve in. */
const parentPort = (): WorkerScope | null | undefined => {
  const module = globals().process?.getBuiltinModule?.('node:worker_threads');
  return (module as { readonly parentPort: WorkerScope | null } | undefined)?.parentPort;
};

/** The worker that this is run in. */
export const ownScope = (): WorkerScope => {
  const { postMessage, addEventListener, document } = globals();
  const isWebWorker = typeof postMessage === 'function' && typeof addEventListener === 'function';
  const scope = isWebWorker && document === undefined ? (globalThis as object as WorkerScope) : parentPort();
  if (scope) return scope;
  throw new InvalidOptionError('scope', 'is missing: serveStreams is to be called by the script of a worker');
};
