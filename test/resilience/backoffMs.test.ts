import { backoffMs, HttpError, InvalidOptionError, NetworkError, type StreamError } from 'rxllm';

import { ApiError, ContentTypeError } from '../../src/index.ts';
import { retryDelayMs } from '../../src/resilience/retryDelayMs.ts';
import { thrownBy } from '../support/record.ts';

const url = 'http://a.test/v1';
const almostOne = 1 - 2 ** -53;

describe('backoffMs', () => {
  it('draws from 0 up to a ceiling that doubles', () => {
    const draws = (random: () => number) => [1, 2, 3, 4].map((attempt) => backoffMs(attempt, { random }));

    expect(draws(() => 0)).toEqual([0, 0, 0, 0]);
    expect(draws(() => 0.5)).toEqual([250, 500, 1_000, 2_000]);
    expect(draws(() => almostOne)).toEqual([499, 999, 1_999, 3_999]);
  });

  it('caps the ceiling before it draws, so that clients at the cap stay spread out', () => {
    const options = { firstDelayMs: 1_000, maxDelayMs: 4_000 };

    expect(backoffMs(20, { ...options, random: () => 0.25 })).toBe(1_000);
    expect(backoffMs(20, { ...options, random: () => 0.75 })).toBe(3_000);
  });

  it.each([1, 30, 1_000, 1_025, 1e9])('is a number for the retry %d, whatever the options', (attempt) => {
    expect(backoffMs(attempt, { firstDelayMs: 0, random: () => 0.5 })).toBe(0);
    expect(backoffMs(attempt, { maxDelayMs: 0, random: () => 0.5 })).toBe(0);
    expect(backoffMs(attempt)).toBeLessThanOrEqual(30_000);
  });

  it('draws at random unless told otherwise', () => {
    const draws = Array.from({ length: 50 }, () => backoffMs(3));

    expect(new Set(draws).size).toBeGreaterThan(10);
    expect(Math.max(...draws)).toBeLessThan(2_000);
  });

  it.each([-1, NaN, Infinity, 2 ** 31, '5'])('refuses a delay of %s', (ms) => {
    for (const option of ['firstDelayMs', 'maxDelayMs']) {
      const error = thrownBy(() => backoffMs(1, { [option]: ms as number }));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option });
    }
  });
});

describe('retryDelayMs', () => {
  const asking = (retryAfterMs: number): readonly (readonly [string, StreamError])[] => {
    const apiError = new ApiError({ message: 'm', retryAfterMs });
    return [
      ['HttpError', new HttpError({ status: 429, url, retryAfterMs })],
      ['ApiError', apiError],
      ['HttpError with the hint in its body', new HttpError({ status: 429, url, apiError })],
      ['ContentTypeError', new ContentTypeError({ contentType: 'a/b', expected: 'c/d', url, bodyStart: '', apiError })],
    ];
  };

  it.each(asking(10_000))('is never sooner than an %s asks for, and spread out after it', (_, error) => {
    expect(retryDelayMs(error, 1, { random: () => 0 })).toBe(10_000);
    expect(retryDelayMs(error, 1, { random: () => 0.5 })).toBe(10_250);
    expect(retryDelayMs(error, 9, { random: () => almostOne })).toBe(30_000);
  });

  it.each(asking(30_001))('is undefined when an %s asks for more than maxDelayMs', (_, error) => {
    expect(retryDelayMs(error, 1, {})).toBeUndefined();
    expect(retryDelayMs(error, 1, { maxDelayMs: 30_001 })).toBe(30_001);
  });

  it('is the backoff alone when nothing is asked for', () => {
    const error = new NetworkError({ url, code: undefined, phase: 'connect' });

    expect(retryDelayMs(error, 2, { random: () => 0.5 })).toBe(500);
    expect(asking(0).map(([, one]) => retryDelayMs(one, 2, { random: () => 0.5 }))).toEqual([500, 500, 500, 500]);
  });
});
