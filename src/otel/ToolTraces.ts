import { type Attributes, type Context, SpanKind } from '@opentelemetry/api';

import type { Completion } from '../completions/Completion.ts';
import type { ToolErrorDelta, ToolResultDelta, ToolRunningDelta } from '../deltas/Delta.ts';
import { jsonText } from './jsonText.ts';
import { type Ending, Operation } from './Operation.ts';
import type { TraceSettings } from './TraceSettings.ts';

export type ToolDelta = ToolRunningDelta | ToolResultDelta | ToolErrorDelta;

interface ToolRun {
  readonly operation: Operation;
  readonly dimensions: Attributes;
}

/** The runs of a step's tools, each from the delta that says that it runs to the one that says what it gave. */
export class ToolTraces {
  readonly #settings: TraceSettings;
  readonly #runs = new Map<string, ToolRun>();

  constructor(settings: TraceSettings) {
    this.#settings = settings;
  }

  /** `answer` is what the model said, where content is captured. */
  take(delta: ToolDelta, parent: Context, answer: Completion | undefined, nowMs: number): void {
    const place = `${delta.choice} ${delta.part}`;
    // A call that was never run is told of, too: a span without a length.
    const run = this.#runs.get(place) ?? this.#begin(delta, parent, answer, nowMs);
    this.#runs.set(place, run);
    if (delta.type === 'tool-running') return;
    this.#runs.delete(place);
    if (delta.type === 'tool-result') this.#setJson(run, 'gen_ai.tool.call.result', delta.result);
    const { operation, dimensions } = run;
    operation.end(
      delta.type === 'tool-result'
        ? { kind: 'complete' }
        : { kind: 'error', error: delta.error, errorType: delta.error.reason },
      nowMs,
      dimensions,
    );
  }

  /** Those that still run go with the stream. */
  end(ending: Ending, nowMs: number): void {
    for (const { operation, dimensions } of this.#runs.values()) operation.end(ending, nowMs, dimensions);
    this.#runs.clear();
  }

  #begin({ id, name, part }: ToolDelta, parent: Context, answer: Completion | undefined, atMs: number): ToolRun {
    const { tracer, instruments, agent, attributes, captureContent } = this.#settings;
    const tool: Attributes = { 'gen_ai.tool.name': name, 'gen_ai.tool.type': 'function' };
    const operation = new Operation({
      tracer,
      name: `execute_tool ${name}`,
      kind: SpanKind.INTERNAL,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        ...tool,
        ...(id !== '' && { 'gen_ai.tool.call.id': id }),
        ...attributes,
      },
      parent,
      atMs,
      seconds: instruments.toolDuration,
      captureContent,
    });
    const run = { operation, dimensions: { ...tool, ...(agent !== undefined && { 'gen_ai.agent.name': agent }) } };
    const call = answer?.choices[0].parts[part];
    if (call?.kind === 'tool-call') this.#setText(run, 'gen_ai.tool.call.arguments', call.argumentsText);
    return run;
  }

  #setJson(run: ToolRun, attribute: string, value: unknown): void {
    if (this.#settings.captureContent) this.#setText(run, attribute, jsonText(value));
  }

  #setText({ operation }: ToolRun, attribute: string, text: string | undefined): void {
    if (text !== undefined) operation.span.setAttribute(attribute, text);
  }
}
