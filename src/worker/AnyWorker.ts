/** A Web Worker, as far as it is used; a port does, too, with a way to terminate it. */
export interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- one event for each type
  addEventListener(type: 'message' | 'messageerror' | 'error' | 'close', listener: (event: any) => void): void;
  /** Ports want to be told to begin. */
  start?(): void;
}

/** A `Worker` of Node's `worker_threads`, as far as it is used. */
export interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- its types are a row of overloads, one for each event
  on(event: any, listener: (value: any) => void): unknown;
}

export type AnyWorker = WebWorker | NodeWorker;

export interface WorkerListener {
  readonly onMessage: (data: unknown) => void;
  /** It threw, or ended; in words. */
  readonly onFailure: (problem: string, options?: { readonly cause?: unknown; readonly isSilent?: boolean }) => void;
}

const unreadable = 'what it posted could not be read';
const closed = 'its port was closed';

const listenInNode = (worker: NodeWorker, { onMessage, onFailure }: WorkerListener): void => {
  worker.on('message', onMessage);
  worker.on('messageerror', (cause: unknown) => {
    onFailure(unreadable, { cause });
  });
  worker.on('error', (error: Error) => {
    onFailure(error.message, { cause: error });
  });
  worker.on('exit', (code: number) => {
    if (code === 0) onFailure('its script came to its end without serveStreams', { isSilent: true });
    else onFailure(`it exited with code ${code}`);
  });
  worker.on('close', () => {
    onFailure(closed);
  });
};

/** Hears what a worker says and what becomes of it, in a page or in Node. */
export const listenTo = (worker: AnyWorker, listener: WorkerListener): void => {
  if ('on' in worker) {
    listenInNode(worker, listener);
    return;
  }
  worker.addEventListener('message', ({ data }: { readonly data: unknown }) => {
    listener.onMessage(data);
  });
  worker.addEventListener('messageerror', () => {
    listener.onFailure(unreadable);
  });
  // A script that cannot be loaded says no more than that.
  worker.addEventListener('error', (event: { readonly message?: string; readonly error?: unknown }) => {
    const problem = event.message ?? 'its script could not be loaded; is its address right, and may it be run here?';
    listener.onFailure(problem, { cause: event.error });
  });
  worker.addEventListener('close', () => {
    listener.onFailure(closed);
  });
  worker.start?.();
};
