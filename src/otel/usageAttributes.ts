import type { Attributes } from '@opentelemetry/api';

import type { Usage } from '../deltas/Usage.ts';

const names = {
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  audioInputTokens: 'gen_ai.usage.audio.input_tokens',
  audioOutputTokens: 'gen_ai.usage.audio.output_tokens',
} as const satisfies Partial<Record<keyof Usage, string>>;

/** What a usage says, as attributes of a span. */
export const usageAttributes = (usage: Usage | undefined): Attributes => {
  const attributes: Attributes = {};
  if (usage === undefined) return attributes;
  for (const field of Object.keys(names) as (keyof typeof names)[]) {
    const count = usage[field];
    if (count !== undefined) attributes[names[field]] = count;
  }
  return attributes;
};
