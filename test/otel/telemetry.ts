import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type Histogram, type HistogramMetricData, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** What was measured under a name. */
export interface Measured {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: Histogram;
}

/** The real SDK, in memory. */
export const telemetry = (options: { readonly sampler?: Sampler } = {}) => {
  const exporter = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ ...options, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const reader = new Reader();
  const meters = new MeterProvider({ readers: [reader] });
  const histograms = async (): Promise<readonly HistogramMetricData[]> => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics as HistogramMetricData[]);
  };
  return {
    tracers,
    meters,
    tracer: tracers.getTracer('test'),
    meter: meters.getMeter('test'),
    spans: (): readonly ReadableSpan[] => exporter.getFinishedSpans(),
    histograms,
    measured: async (name: string): Promise<readonly Measured[]> =>
      (await histograms())
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints)
        .map(({ attributes, value }) => ({ attributes, value })),
  };
};

/** Registers the SDK for everybody, and takes it back after each test. */
export const registered = (): ReturnType<typeof telemetry> => {
  const sdk = telemetry();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(sdk.tracers);
  metrics.setGlobalMeterProvider(sdk.meters);
  return sdk;
};

export const unregistered = (): void => {
  context.disable();
  trace.disable();
  metrics.disable();
};

const ms = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1e6;

export const durationMs = ({ duration }: ReadableSpan): number => ms(duration);

export const startMs = ({ startTime }: ReadableSpan): number => ms(startTime);

/** The names of spans, each with the name of the one that it stands below. */
export const tree = (spans: readonly ReadableSpan[]): readonly string[] =>
  spans.map(({ name, parentSpanContext }) => {
    const parent = spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId);
    return parent === undefined ? name : `${parent.name} > ${name}`;
  });
