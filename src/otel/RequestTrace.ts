import { type Attributes, type Context, SpanKind } from '@opentelemetry/api';

import type { Completion } from '../completions/Completion.ts';
import { reduceDelta } from '../completions/reduceDelta.ts';
import type { Delta, ResumeDelta, RetryDelta, StartDelta } from '../deltas/Delta.ts';
import type { FinishReason } from '../deltas/FinishReason.ts';
import { isToken } from '../deltas/isToken.ts';
import { mergeUsage, type Usage } from '../deltas/Usage.ts';
import { HttpError } from '../errors/HttpError.ts';
import { errorTypeOf } from './errorTypeOf.ts';
import { inputMessages } from './inputMessages.ts';
import { jsonText } from './jsonText.ts';
import { type Ending, Operation } from './Operation.ts';
import { outputMessages } from './outputMessages.ts';
import { requestAttributes } from './requestAttributes.ts';
import type { TraceSettings } from './TraceSettings.ts';
import { usageAttributes } from './usageAttributes.ts';

/** Whether a delta brings a piece of the answer: what counts as a chunk. */
const isPiece = (delta: Delta): boolean => isToken(delta) && !('text' in delta && delta.text === '');

/** One request and its answer: a span, and what is measured of it. Its retries and resumptions are events. */
export class RequestTrace {
  /** When its last delta came. */
  lastMs: number;
  usage: Usage | undefined;
  /** Of choice 0. */
  reason: FinishReason | undefined;
  /** The answer, where content is captured. */
  answer: Completion | undefined;
  readonly #settings: TraceSettings;
  readonly #operation: Operation;
  readonly #reasons = new Map<number, string>();
  /** What the measurements are told apart by. */
  #dimensions: Attributes;
  #hasPiece = false;
  #lastPieceMs: number | undefined;

  /** `step` is 0 for the request that the caller knows; of later ones it does not know the prompt. */
  constructor(settings: TraceSettings, parent: Context, atMs: number, step: number) {
    const { tracer, instruments, operation, model, request, dimensions, attributes, captureContent } = settings;
    this.#settings = settings;
    this.#dimensions = { 'gen_ai.operation.name': operation, ...dimensions };
    this.lastMs = atMs;
    this.#operation = new Operation({
      tracer,
      name: model === undefined ? operation : `${operation} ${model}`,
      kind: SpanKind.CLIENT,
      attributes: { ...this.#dimensions, ...requestAttributes(request), ...attributes },
      parent,
      atMs,
      seconds: instruments.requestDuration,
      captureContent,
    });
    if (step === 0 && this.#isCapturing) this.#captureInput();
  }

  get context(): Context {
    return this.#operation.context;
  }

  take(delta: Delta, nowMs: number): void {
    this.lastMs = nowMs;
    // By itself, the answer of a step is that of a first one.
    if (this.#isCapturing)
      this.answer = reduceDelta(this.answer, delta.type === 'start' ? { ...delta, step: 0 } : delta);
    if (isPiece(delta)) this.#measurePiece(nowMs);
    else if (delta.type === 'start') this.#begin(delta);
    else if (delta.type === 'usage') this.usage = mergeUsage(this.usage, delta.usage);
    else if (delta.type === 'retry' || delta.type === 'resume') this.#tellOfFault(delta, nowMs);
    else if (delta.type === 'finish') {
      this.#reasons.set(delta.choice, delta.raw);
      if (delta.choice === 0) this.reason = delta.reason;
    }
  }

  end(ending: Ending, atMs: number): void {
    const { span } = this.#operation;
    const reasons = [...this.#reasons].sort(([one], [other]) => one - other).map(([, raw]) => raw);
    if (reasons.length > 0) span.setAttribute('gen_ai.response.finish_reasons', reasons);
    span.setAttributes(usageAttributes(this.usage));
    if (ending.kind === 'error' && ending.error instanceof HttpError && ending.error.status > 0) {
      span.setAttribute('http.response.status_code', ending.error.status);
    }
    if (this.#isCapturing && this.answer !== undefined) {
      this.#setJson('gen_ai.output.messages', outputMessages(this.answer, ending.kind === 'error'));
    }
    this.#measureTokens();
    this.#operation.end(ending, atMs, this.#dimensions);
  }

  get #isCapturing(): boolean {
    return this.#settings.captureContent && this.#operation.span.isRecording();
  }

  #begin({ id, model }: StartDelta): void {
    const { span } = this.#operation;
    // Another attempt begins the answer afresh.
    this.usage = undefined;
    this.reason = undefined;
    this.#reasons.clear();
    this.#lastPieceMs = undefined;
    if (id !== '') span.setAttribute('gen_ai.response.id', id);
    if (model === '') return;
    span.setAttribute('gen_ai.response.model', model);
    this.#dimensions = { ...this.#dimensions, 'gen_ai.response.model': model };
  }

  #measurePiece(nowMs: number): void {
    const { firstChunk, perChunk } = this.#settings.instruments;
    const { context, span, startMs } = this.#operation;
    if (this.#lastPieceMs !== undefined) {
      perChunk.record(Math.max(0, nowMs - this.#lastPieceMs) / 1_000, this.#dimensions, context);
    }
    this.#lastPieceMs = nowMs;
    if (this.#hasPiece) return;
    this.#hasPiece = true;
    const seconds = Math.max(0, nowMs - startMs) / 1_000;
    firstChunk.record(seconds, this.#dimensions, context);
    span.setAttribute('gen_ai.response.time_to_first_chunk', seconds);
  }

  #measureTokens(): void {
    const { inputTokens, outputTokens } = this.usage ?? {};
    const record = (type: string, count: number | undefined): void => {
      if (count === undefined) return;
      const dimensions = { ...this.#dimensions, 'gen_ai.token.type': type };
      this.#settings.instruments.tokens.record(count, dimensions, this.#operation.context);
    };
    record('input', inputTokens);
    record('output', outputTokens);
  }

  #tellOfFault(delta: RetryDelta | ResumeDelta, nowMs: number): void {
    // The wait is none of the model's.
    this.#lastPieceMs = undefined;
    const count =
      delta.type === 'retry' ? { 'rxllm.attempt': delta.attempt } : { 'rxllm.resumption': delta.resumption };
    this.#operation.event(`rxllm.${delta.type}`, nowMs, {
      ...count,
      'rxllm.delay_ms': delta.delayMs,
      'error.type': errorTypeOf(delta.error),
    });
  }

  #captureInput(): void {
    const { messages, instructions } = inputMessages(this.#settings.request.body);
    this.#setJson('gen_ai.input.messages', messages);
    this.#setJson('gen_ai.system_instructions', instructions);
  }

  #setJson(attribute: string, value: unknown): void {
    const text = jsonText(value);
    if (text !== undefined) this.#operation.span.setAttribute(attribute, text);
  }
}
