export { inWorker, type InWorkerOptions } from './inWorker.ts';
export { serveStreams } from './serveStreams.ts';
export type { WorkerScope } from './WorkerScope.ts';
export type { AnyWorker, NodeWorker, WebWorker } from './AnyWorker.ts';
