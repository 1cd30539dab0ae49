import type { Usage } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';

import { reduceAll } from '../../support/deltas.ts';
import { mapped } from '../../support/mapped.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What is known after `message_start` and each `message_delta` with such usage; the raw object left out. */
const counted = (...raws: readonly Raw[]): Partial<Usage> => {
  const [first, ...later] = raws;
  const deltas = mapped(anthropicMessages, [
    { type: 'message_start', message: { id: 'a1', model: 'm', usage: first } },
    ...later.map((usage) => ({ type: 'message_delta', delta: {}, usage })),
  ]);
  const { raw: _, ...counts } = reduceAll(deltas).usage as Usage;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
};

describe('usage of anthropic-messages', () => {
  it('is the input plus the output', () => {
    expect(counted({ input_tokens: 10, output_tokens: 2 })).toEqual({
      inputTokens: 10,
      outputTokens: 2,
      totalTokens: 12,
    });
  });

  it('counts cached input as input', () => {
    expect(
      counted({
        input_tokens: 10,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 100,
        output_tokens: 1,
      }),
    ).toEqual({ inputTokens: 115, cachedInputTokens: 100, cacheWriteTokens: 5, outputTokens: 1, totalTokens: 116 });
  });

  it('is overwritten, never added up', () => {
    expect(counted({ input_tokens: 10, output_tokens: 1 }, { output_tokens: 5 }, { output_tokens: 9 })).toEqual({
      inputTokens: 10,
      outputTokens: 9,
      totalTokens: 19,
    });
  });

  it('is not changed by null', () => {
    const nothing = {
      input_tokens: null,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      output_tokens_details: null,
      output_tokens: 9,
    };
    expect(
      counted(
        {
          input_tokens: 10,
          cache_read_input_tokens: 7,
          output_tokens: 1,
          output_tokens_details: { thinking_tokens: 3 },
        },
        nothing,
      ),
    ).toEqual({ inputTokens: 17, cachedInputTokens: 7, outputTokens: 9, totalTokens: 26, reasoningTokens: 3 });
  });

  it('may restate the input', () => {
    expect(counted({ input_tokens: 10, output_tokens: 1 }, { input_tokens: 30, output_tokens: 2 })).toEqual({
      inputTokens: 30,
      outputTokens: 2,
      totalTokens: 32,
    });
  });

  it('tells the tokens spent on thinking', () => {
    expect(counted({ input_tokens: 1 }, { output_tokens: 5, output_tokens_details: { thinking_tokens: 4 } })).toEqual({
      inputTokens: 1,
      outputTokens: 5,
      totalTokens: 6,
      reasoningTokens: 4,
    });
  });

  it('keeps zeros, and knows nothing of what was not said', () => {
    expect(counted({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0 })).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      totalTokens: 0,
      cachedInputTokens: 0,
    });
    expect(counted({})).toEqual({});
  });

  it('keeps the provider’s own fields', () => {
    const deltas = mapped(anthropicMessages, [
      {
        type: 'message_start',
        message: { id: 'a1', model: 'm', usage: { input_tokens: 1, service_tier: 'standard' } },
      },
      { type: 'message_delta', delta: {}, usage: { output_tokens: 2, server_tool_use: { web_search_requests: 1 } } },
    ]);
    expect(reduceAll(deltas).usage?.raw).toEqual({
      input_tokens: 1,
      service_tier: 'standard',
      output_tokens: 2,
      server_tool_use: { web_search_requests: 1 },
    });
  });

  it('is not there where there is none', () => {
    const deltas = mapped(anthropicMessages, [
      { type: 'message_start', message: { id: 'a1', model: 'm', usage: null } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: null },
    ]);
    expect(reduceAll(deltas).usage).toBeUndefined();
  });
});
