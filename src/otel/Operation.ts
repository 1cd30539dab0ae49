import {
  type Attributes,
  type Context,
  type Histogram,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

import { isStreamError } from '../errors/StreamError.ts';
import { errorTypeOf } from './errorTypeOf.ts';

/** How an operation ended: by itself, by being left, or by an error. */
export type Ending =
  | { readonly kind: 'complete' | 'stopped' }
  | { readonly kind: 'error'; readonly error: unknown; readonly errorType?: string };

export interface OperationStart {
  readonly tracer: Tracer;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly parent: Context;
  readonly atMs: number;
  /** Gets how long it took, in seconds. */
  readonly seconds: Histogram;
  /** Whether an error may be told in its own words, whatever they are. */
  readonly captureContent: boolean;
}

/** Errors whose words are those of a program around us: they may hold anything. */
const foreign: readonly string[] = ['ToolError', 'ModerationError', 'OutputError', 'WorkerError'];

const wordsOf = (error: unknown, captureContent: boolean): string | undefined => {
  if (captureContent) return error instanceof Error ? error.message : undefined;
  return isStreamError(error) && !foreign.includes(error._tag) ? error.message : undefined;
};

/** A span, and the measurement of how long it took. */
export class Operation {
  readonly span: Span;
  /** The context for what happens below it. */
  readonly context: Context;
  readonly startMs: number;
  readonly #start: OperationStart;

  constructor(start: OperationStart) {
    const { tracer, name, kind, attributes, parent, atMs } = start;
    this.#start = start;
    this.startMs = atMs;
    // A small number would be taken for one of another clock; a date is one of this.
    this.span = tracer.startSpan(name, { kind, attributes, startTime: new Date(atMs) }, parent);
    this.context = trace.setSpan(parent, this.span);
  }

  event(name: string, atMs: number, attributes: Attributes): void {
    this.span.addEvent(name, attributes, new Date(atMs));
  }

  /** Ends the span. What is measured is told apart by `dimensions`, of which there must be few. */
  end(ending: Ending, atMs: number, dimensions: Attributes): void {
    const { seconds, captureContent } = this.#start;
    const endMs = Math.max(atMs, this.startMs);
    const measured = { ...dimensions };
    if (ending.kind === 'stopped') this.event('rxllm.stopped', endMs, {});
    if (ending.kind === 'error') {
      const errorType = ending.errorType ?? errorTypeOf(ending.error);
      const message = wordsOf(ending.error, captureContent);
      measured['error.type'] = errorType;
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    }
    seconds.record((endMs - this.startMs) / 1_000, measured, this.context);
    this.span.end(new Date(endMs));
  }
}
