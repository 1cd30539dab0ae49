/** A Web Worker, as far as it is used. */
export interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- one event for each type
  addEventListener(type: 'message' | 'messageerror' | 'error', listener: (event: any) => void): void;
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
  readonly onFailure: (problem: string, cause?: unknown) => void;
}

const listenInNode = (worker: NodeWorker, { onMessage, onFailure }: WorkerListener): void => {
  worker.on('message', onMessage);
  worker.on('messageerror', (error: unknown) => {
    onFailure('what it posted could not be read', error);
  });
  worker.on('error', (error: Error) => {
    onFailure(error.message, error);
  });
  worker.on('exit', (code: number) => {
    onFailure(`it exited with code ${code}`);
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
    listener.onFailure('what it posted could not be read');
  });
  // A script that cannot be loaded says no more than that.
  worker.addEventListener('error', (event: { readonly message?: string; readonly error?: unknown }) => {
    listener.onFailure(event.message ?? 'its script could not be loaded; is the address right?', event.error);
  });
};
