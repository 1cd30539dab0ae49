/** What a request cost, in tokens. `inputTokens` includes cached ones, for every provider. */
export interface Usage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly totalTokens: number | undefined;
  /** Part of `inputTokens` that was read from a cache. */
  readonly cachedInputTokens: number | undefined;
  /** Part of `inputTokens` that was written to a cache. */
  readonly cacheWriteTokens: number | undefined;
  /** Part of `outputTokens` that was spent on reasoning. */
  readonly reasoningTokens: number | undefined;
  readonly audioInputTokens: number | undefined;
  readonly audioOutputTokens: number | undefined;
  /** The provider's own object, as it came. */
  readonly raw: unknown;
}

const counts = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
] as const satisfies readonly (keyof Usage)[];

type Counts = Record<(typeof counts)[number], number | undefined>;

/** The counts that a provider tells. */
export type KnownUsage = Partial<Omit<Usage, 'raw'>>;

/**
 * Brings two reports of one request together: field by field, the later known value wins. Providers
 * report cumulative numbers, so nothing is added.
 */
export const mergeUsage = (earlier: Usage | undefined, later: Usage): Usage => {
  if (earlier === undefined) return later;
  const merged = {} as Counts;
  for (const field of counts) merged[field] = later[field] ?? earlier[field];
  return { ...merged, raw: later.raw };
};

/** What two requests cost together, each field as far as it is known; `raw` is that of the later one. */
export const addUsage = (earlier: Usage | undefined, later: Usage): Usage => {
  if (earlier === undefined) return later;
  const sum = {} as Counts;
  for (const field of counts) {
    const known = [earlier[field], later[field]].filter((count) => count !== undefined);
    sum[field] = known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
  }
  return { ...sum, raw: later.raw };
};

/**
 * A `Usage` of the counts that a provider tells; the rest is `undefined`.
 *
 * - **Shape:** the known counts, and the provider's own object, which stays within reach as `raw`
 * - **Errors:** none
 *
 * @example Two counts
 * ```ts
 * import { usageOf } from 'rxllm/dialect';
 *
 * const usage = usageOf({ inputTokens: 12, outputTokens: 5 }, { heard: 12, said: 5 });
 *
 * usage.outputTokens; // => 5
 * usage.cachedInputTokens; // => undefined
 * usage.raw; // => { heard: 12, said: 5 }
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const usageOf = (known: KnownUsage, raw: unknown): Usage => {
  const usage = {} as Counts;
  for (const field of counts) usage[field] = known[field] ?? undefined;
  return { ...usage, raw };
};

/** Whether two reports say the same, whatever the providers' own objects. */
export const isSameUsage = (one: Usage, other: Usage): boolean => counts.every((field) => one[field] === other[field]);
