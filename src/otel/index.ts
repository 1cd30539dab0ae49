export { traceCompletion, type TraceCompletionOptions } from './traceCompletion.ts';
export type { Provider } from './providerOf.ts';
export type { TracedRequest } from './requestAttributes.ts';
