export { traceCompletion, type TraceCompletionOptions } from './traceCompletion.ts';
