export { inWorker, type InWorkerOptions } from './inWorker.ts';
export { serveStreams, type WorkerScope } from './serveStreams.ts';
export type { AnyWorker, NodeWorker, WebWorker } from './AnyWorker.ts';
