import type { Histogram, Meter } from '@opentelemetry/api';

/** Bounds of buckets as the conventions give them; from 10 ms to 82 s. */
const secondBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const agentSecondBounds = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6];
const tokenBounds = [
  1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];

const histograms = {
  requestDuration: ['gen_ai.client.operation.duration', 'GenAI operation duration.', 's', secondBounds],
  firstChunk: [
    'gen_ai.client.operation.time_to_first_chunk',
    'Time to receive the first chunk, measured from when the client issues the generation request.',
    's',
    secondBounds,
  ],
  perChunk: [
    'gen_ai.client.operation.time_per_output_chunk',
    'Time per output chunk, recorded for each chunk received after the first one.',
    's',
    secondBounds,
  ],
  tokens: ['gen_ai.client.token.usage', 'Number of input and output tokens used.', '{token}', tokenBounds],
  agentDuration: [
    'gen_ai.invoke_agent.duration',
    'The end-to-end duration of a single agent invocation.',
    's',
    agentSecondBounds,
  ],
  toolDuration: ['gen_ai.execute_tool.duration', 'The duration of a single tool execution.', 's', secondBounds],
} as const satisfies Record<string, readonly [name: string, description: string, unit: string, bounds: number[]]>;

/** What is measured. */
export type Instruments = Readonly<Record<keyof typeof histograms, Histogram>>;

/** Made once for each meter, and not for each answer. */
const known = new WeakMap<Meter, Instruments>();

/** The histograms of the conventions, of a meter. */
export const instrumentsOf = (meter: Meter): Instruments => {
  const made = known.get(meter);
  if (made !== undefined) return made;
  const instruments = {} as Record<keyof Instruments, Histogram>;
  for (const key of Object.keys(histograms) as (keyof Instruments)[]) {
    const [name, description, unit, bounds] = histograms[key];
    instruments[key] = meter.createHistogram(name, {
      description,
      unit,
      advice: { explicitBucketBoundaries: [...bounds] },
    });
  }
  known.set(meter, instruments);
  return instruments;
};
