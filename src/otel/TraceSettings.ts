import type { Attributes, Tracer } from '@opentelemetry/api';

import type { Instruments } from './instrumentsOf.ts';
import type { TracedRequest } from './requestAttributes.ts';

/** What `traceCompletion` was told, and what it found out about it. */
export interface TraceSettings {
  readonly tracer: Tracer;
  readonly instruments: Instruments;
  /** The value of `gen_ai.operation.name` for a request. */
  readonly operation: string;
  readonly model: string | undefined;
  readonly agent: string | undefined;
  readonly request: TracedRequest;
  /** Known before the answer, and few in number: provider, model, server. On all spans of requests, and on what is measured. */
  readonly dimensions: Attributes;
  /** The caller's own. */
  readonly attributes: Attributes;
  readonly captureContent: boolean;
}
