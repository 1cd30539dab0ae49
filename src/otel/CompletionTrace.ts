import { type Context, SpanKind } from '@opentelemetry/api';

import type { Delta } from '../deltas/Delta.ts';
import { addUsage, type Usage } from '../deltas/Usage.ts';
import { LiveContext } from './LiveContext.ts';
import { type Ending, Operation } from './Operation.ts';
import { RequestTrace } from './RequestTrace.ts';
import { type ToolDelta, ToolTraces } from './ToolTraces.ts';
import type { TraceSettings } from './TraceSettings.ts';
import { usageAttributes } from './usageAttributes.ts';

const isOfTool = (delta: Delta): delta is ToolDelta =>
  delta.type === 'tool-running' || delta.type === 'tool-result' || delta.type === 'tool-error';

/** The stop reasons after which `runTools` lets a model hear what became of its calls. */
const asksForTools: readonly unknown[] = ['tool-calls', 'stop', 'length'];

/**
 * The spans of one subscription: one for each request, one for each run of a tool, and around them one for the agent, where there is
 * one.
 */
export class CompletionTrace {
  /** The context for the source: it has the span of the request that is under way, else what is around it. */
  readonly context: LiveContext;
  readonly #settings: TraceSettings;
  readonly #agent: Operation | undefined;
  /** What requests and tools stand below. */
  readonly #base: Context;
  readonly #tools: ToolTraces;
  #request: RequestTrace | undefined;
  /** The request before, or the one under way. */
  #last: RequestTrace;
  #step = 0;
  #hasTools = false;
  /** What the requests that have ended cost. */
  #usage: Usage | undefined;
  #hasEnded = false;

  constructor(settings: TraceSettings, caller: Context, nowMs: number) {
    this.#settings = settings;
    this.#agent = settings.agent === undefined ? undefined : this.#beginAgent(settings.agent, caller, nowMs);
    this.#base = this.#agent?.context ?? caller;
    this.#tools = new ToolTraces(settings);
    this.context = new LiveContext(this.#base);
    this.#last = this.#beginRequest(nowMs);
  }

  take(delta: Delta, nowMs: number): void {
    if (this.#hasEnded) return;
    if (isOfTool(delta)) {
      this.#hasTools = true;
      this.#endRequest({ kind: 'complete' }, this.#last.lastMs);
      this.#tools.take(delta, this.#base, this.#last.answer, nowMs);
    } else if (delta.type === 'step-end') this.#endStep(nowMs);
    // Who has seen the end may leave before the source completes; nothing was stopped then.
    else if (delta.type === 'end') this.end({ kind: 'complete' }, nowMs);
    else (this.#request ?? this.#beginRequest(nowMs)).take(delta, nowMs);
  }

  /** May be called again: what has ended stays as it is. */
  end(ending: Ending, nowMs: number): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#tools.end(ending, nowMs);
    this.#endRequest(ending, nowMs);
    this.#agent?.span.setAttributes(usageAttributes(this.#usage));
    this.#agent?.end(ending, nowMs, this.#agentDimensions());
  }

  /** The request of the next step goes out at once, and no delta tells of it before its answer does. */
  #endStep(nowMs: number): void {
    this.#endRequest({ kind: 'complete' }, this.#last.lastMs);
    const { reason } = this.#last;
    const goesOn = reason === 'pause' || (this.#hasTools && asksForTools.includes(reason));
    this.#hasTools = false;
    this.#step += 1;
    if (goesOn) this.#beginRequest(nowMs);
  }

  #beginAgent(agent: string, caller: Context, atMs: number): Operation {
    const { tracer, instruments, dimensions, attributes, captureContent } = this.#settings;
    return new Operation({
      tracer,
      name: `invoke_agent ${agent}`,
      kind: SpanKind.INTERNAL,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': agent,
        ...dimensions,
        ...attributes,
      },
      parent: caller,
      atMs,
      seconds: instruments.agentDuration,
      captureContent,
    });
  }

  #agentDimensions(): Readonly<Record<string, string>> {
    const { agent = '', model } = this.#settings;
    return { 'gen_ai.agent.name': agent, ...(model !== undefined && { 'gen_ai.request.model': model }) };
  }

  #beginRequest(atMs: number): RequestTrace {
    const request = new RequestTrace(this.#settings, this.#base, atMs, this.#step);
    this.#request = request;
    this.#last = request;
    this.context.current = request.context;
    return request;
  }

  #endRequest(ending: Ending, atMs: number): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#request = undefined;
    this.context.current = this.#base;
    request.end(ending, atMs);
    if (request.usage !== undefined) this.#usage = addUsage(this.#usage, request.usage);
  }
}
