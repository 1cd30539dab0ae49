import {
  type Attributes,
  type Context,
  context,
  diag,
  type Meter,
  metrics,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { asyncScheduler, defer, finalize, type MonoTypeOperatorFunction, Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { operate } from '../internal/operate.ts';
import { CompletionTrace } from './CompletionTrace.ts';
import { instrumentsOf } from './instrumentsOf.ts';
import type { Ending } from './Operation.ts';
import { type Provider, providerOf } from './providerOf.ts';
import { modelIn, serverAttributes, type TracedRequest } from './requestAttributes.ts';
import type { TraceSettings } from './TraceSettings.ts';

export interface TraceCompletionOptions {
  /** Whose API it is: the dialect that is spoken, or the provider's name in the conventions, such as `aws.bedrock`. */
  readonly provider: Provider;
  /**
   * The request, as `streamDeltas` takes it. Model, server and settings such as the temperature are read off it; its key and
   * headers never, its messages only with `captureContent`.
   */
  readonly request?: TracedRequest | undefined;
  /** The model that is asked for. @defaultValue the one in the body of `request` */
  readonly model?: string | undefined;
  /** For what stands behind `runTools`: the name of a span around all requests and tools of a run. @defaultValue no such span */
  readonly agent?: string | undefined;
  /**
   * Whether spans hold what was said: instructions, messages, answers, what tools were given and what they gave, and the words of every
   * error. @defaultValue false
   */
  readonly captureContent?: boolean | undefined;
  /** Set on every span, and on nothing that is measured; `gen_ai.conversation.id`, for one. */
  readonly attributes?: Attributes | undefined;
  /** What makes the spans. @defaultValue the global one for `rxllm`, asked for at each subscription */
  readonly tracer?: Tracer | undefined;
  /** What makes the measurements. @defaultValue the global one for `rxllm`, asked for at each subscription */
  readonly meter?: Meter | undefined;
}

/** Providers for which the conventions have another word than `chat`. */
const generatesContent: readonly string[] = ['gcp.gemini', 'gcp.vertex_ai', 'gcp.gen_ai'];

const checkName = (option: string, name: unknown): void => {
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError(option, 'must be a name');
};

const checkOptions = ({ provider, model, agent, captureContent = false }: TraceCompletionOptions): void => {
  // Callers without types pass all sorts of things.
  const given = provider as Provider | null | undefined;
  checkName('provider', typeof given === 'string' ? given : given?.name);
  if (model !== undefined) checkName('model', model);
  if (agent !== undefined) checkName('agent', agent);
  // A word read off the environment would turn it on, also one that says no.
  if (typeof (captureContent as unknown) !== 'boolean')
    throw new InvalidOptionError('captureContent', 'must be true or false');
};

const settingsOf = (options: TraceCompletionOptions): Omit<TraceSettings, 'tracer' | 'instruments'> => {
  const { request = {}, agent, attributes = {}, captureContent = false } = options;
  const provider = providerOf(options.provider);
  const model = options.model ?? modelIn(request.body);
  return {
    operation: generatesContent.includes(provider) ? 'generate_content' : 'chat',
    model,
    agent,
    request,
    dimensions: {
      'gen_ai.provider.name': provider,
      ...(model !== undefined && { 'gen_ai.request.model': model }),
      ...serverAttributes(request.baseUrl),
    },
    attributes,
    captureContent,
  };
};

/** What `work` gives: what goes wrong with a trace is no fault of the answer. */
const safely = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    diag.error('rxllm: an answer could not be traced', error);
    return undefined;
  }
};

/** Passes deltas on, and tells `traced` of them; what is behind it runs in the context of the `caller`. */
const observed = (source: Observable<Delta>, traced: CompletionTrace, caller: Context): Observable<Delta> => {
  const end = (ending: Ending): void => {
    safely(() => {
      traced.end(ending, asyncScheduler.now());
    });
  };
  // The source is subscribed to within the span, so that it is the parent of what the source does.
  const within = new Observable<Delta>((out) => context.with(traced.context, () => source.subscribe(out)));
  return within.pipe(
    operate<Delta, Delta>((out) => ({
      next(delta) {
        safely(() => {
          traced.take(delta, asyncScheduler.now());
        });
        context.with(caller, () => {
          out.next(delta);
        });
      },
      error(error) {
        end({ kind: 'error', error });
        context.with(caller, () => {
          out.error(error);
        });
      },
      complete() {
        end({ kind: 'complete' });
        context.with(caller, () => {
          out.complete();
        });
      },
    })),
    finalize(() => {
      end({ kind: 'stopped' });
    }),
  );
};

/**
 * Tells OpenTelemetry of an answer, by its conventions for generative AI: a span for each request, and measurements. Deltas pass
 * untouched.
 *
 * - **Shape:** `Observable<Delta>` to the same; for each subscription one client span, `chat {model}`. Behind `runTools` one for each
 *   step, and `execute_tool {tool}` for each tool that is run
 * - **Time:** from subscription to the end, retries and their waits included; they are events of the span
 * - **Context:** the span is the parent of what the source does, such as the HTTP span of its request. Behind the operator the
 *   caller's own context goes on
 * - **Errors:** end the span with `error.type` and pass through: the status of an `HttpError`, the `_tag` of any other.
 *   `InvalidOptionError` thrown at the call. What goes wrong in here goes to the `diag` of OpenTelemetry
 * - **Memory:** constant; with `captureContent` one answer
 * - **Completes:** with the source
 * - **Unsubscribe:** ends the span with the event `rxllm.stopped`, and without an error
 *
 * @example The span of an answer
 * ```ts
 * import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, streamDeltas } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { traceCompletion } from 'rxllm/otel';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const exporter = new InMemorySpanExporter();
 * const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('docs');
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi', usage: { inputTokens: 9, outputTokens: 1 } }) }] });
 * const request = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'gpt-5', messages: [] } };
 * const deltas$ = streamDeltas(openAiChat, request).pipe(traceCompletion({ provider: openAiChat, request, tracer }));
 * const { text } = await lastValueFrom(deltas$.pipe(accumulateDelta()));
 * const [span] = exporter.getFinishedSpans();
 *
 * text; // => 'Hi'
 * span?.name; // => 'chat gpt-5'
 * span?.attributes['gen_ai.usage.input_tokens']; // => 9
 * ```
 *
 * @category otel
 * @since 0.1.0
 */
export function traceCompletion(options: TraceCompletionOptions): MonoTypeOperatorFunction<Delta> {
  checkOptions(options);
  const known = settingsOf(options);
  // An SDK may be registered after this is called.
  const settings = (): TraceSettings => ({
    ...known,
    tracer: options.tracer ?? trace.getTracer('rxllm'),
    instruments: instrumentsOf(options.meter ?? metrics.getMeter('rxllm')),
  });
  return (source) =>
    defer(() => {
      const caller = context.active();
      const traced = safely(() => new CompletionTrace(settings(), caller, asyncScheduler.now()));
      return traced === undefined ? source : observed(source, traced, caller);
    });
}
