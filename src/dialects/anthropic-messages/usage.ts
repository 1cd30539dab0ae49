import { isSameUsage, type Usage, usageOf } from '../../deltas/Usage.ts';
import { MessagesUsage } from './codec.ts';

const sum = (...counts: readonly (number | null | undefined)[]): number | undefined => {
  const known = counts.filter((count) => count !== undefined && count !== null);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
};

/** The later known fields win: Anthropic's counts are cumulative, and leave out what did not change. */
export const mergeMessagesUsage = (earlier: MessagesUsage, later: MessagesUsage): MessagesUsage => ({
  ...earlier,
  ...(Object.fromEntries(Object.entries(later).filter(([, count]) => count !== null)) as MessagesUsage),
});

/** Anthropic counts cached input apart; here it is part of the input, as for every provider. */
export const usageFromMessages = (usage: MessagesUsage): Usage => {
  const { input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens } = usage;
  const inputTokens = sum(input_tokens, cache_creation_input_tokens, cache_read_input_tokens);
  return usageOf(
    {
      inputTokens,
      outputTokens: output_tokens ?? undefined,
      totalTokens: sum(inputTokens, output_tokens),
      cachedInputTokens: cache_read_input_tokens ?? undefined,
      cacheWriteTokens: cache_creation_input_tokens ?? undefined,
      reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? undefined,
    },
    usage,
  );
};

/** The `usage` object for neutral counts. */
const usageToMessages = (usage: Usage): MessagesUsage => {
  const { inputTokens = 0, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    output_tokens: usage.outputTokens ?? 0,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    ...(usage.reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  };
};

/** The `usage` object of a whole answer: the provider's own, as it came, where the counts are this dialect's. */
export const usageToResponse = (usage: Usage): MessagesUsage =>
  MessagesUsage.is(usage.raw) && isSameUsage(usage, usageFromMessages(usage.raw)) ? usage.raw : usageToMessages(usage);
