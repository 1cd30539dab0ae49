import { mergeUsage, usageOf } from '../../src/deltas/Usage.ts';

const nothing = {
  inputTokens: undefined,
  outputTokens: undefined,
  totalTokens: undefined,
  cachedInputTokens: undefined,
  cacheWriteTokens: undefined,
  reasoningTokens: undefined,
  audioInputTokens: undefined,
  audioOutputTokens: undefined,
};

describe('usageOf', () => {
  it('has every count, known or not', () => {
    expect(usageOf({ inputTokens: 1 }, { raw: true })).toStrictEqual({
      ...nothing,
      inputTokens: 1,
      raw: { raw: true },
    });
  });

  it('keeps a zero', () => {
    expect(usageOf({ cachedInputTokens: 0 }, undefined).cachedInputTokens).toBe(0);
  });
});

describe('mergeUsage', () => {
  it('is the later one where there is no earlier', () => {
    const usage = usageOf({ inputTokens: 1 }, 'raw');

    expect(mergeUsage(undefined, usage)).toBe(usage);
  });

  it('lets the later known count win, field by field, and adds nothing', () => {
    const earlier = usageOf({ inputTokens: 5, outputTokens: 1, cachedInputTokens: 3 }, 'earlier');
    const later = usageOf({ outputTokens: 9, totalTokens: 14, cachedInputTokens: 0 }, 'later');

    expect(mergeUsage(earlier, later)).toStrictEqual({
      ...nothing,
      inputTokens: 5,
      outputTokens: 9,
      totalTokens: 14,
      cachedInputTokens: 0,
      raw: 'later',
    });
    expect(earlier.outputTokens).toBe(1);
  });
});
