import { ApiError, HttpError, readApiError } from 'rxllm';

import { workedMs } from '../support/workedMs.ts';

const url = 'http://a.test/v1';
const asked = (json: unknown): number | undefined => readApiError(json)?.retryAfterMs;
const gemini = (...details: readonly unknown[]) => ({ error: { code: 429, message: 'm', details } });

describe('a wait that a provider asks for in its error', () => {
  it.each<readonly [what: string, json: unknown, ms: number | undefined]>([
    ['Gemini', gemini({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }), 34_500],
    ['Gemini, not in the first detail', gemini({ '@type': 'Help' }, null, 'x', { retryDelay: '2s' }), 2_000],
    ['Gemini, in a list', [gemini({ retryDelay: '0s' })], 0],
    ['Gemini, beyond understanding', gemini({ retryDelay: 'soon' }, { retryDelay: 7 }), undefined],
    ['details that are no list', { error: { message: 'm', details: { retryDelay: '3s' } } }, undefined],
    ['retry_after in the error', { error: { message: 'm', retry_after: 20 } }, 20_000],
    ['retry_after as text', { error: { message: 'm', retry_after: '1.5' } }, 1_500],
    ['retry_after in the envelope', { error: { message: 'm' }, retry_after: 3 }, 3_000],
    ['retry_after in the metadata', { error: { message: 'm', metadata: { retry_after: 4 } } }, 4_000],
    ['retry_after_ms', { error: { message: 'm', retry_after_ms: 250.2 } }, 251],
    ['both', { error: { message: 'm', retry_after_ms: 250, retry_after: 9 } }, 250],
    ['a field and words', { error: { message: 'Please try again in 9s.', retry_after: 2 } }, 2_000],
    ['nothing', { error: { message: 'm', metadata: null } }, undefined],
  ])('is read as by %s', (_, json, ms) => {
    expect(asked(json)).toBe(ms);
  });

  it.each([-1, NaN, null, true, 'soon', '-1', '', '1e3', {}, []])('is none in retry_after: %j', (retry_after) => {
    expect(asked({ error: { message: 'm', retry_after } })).toBeUndefined();
  });

  it.each([
    ['Rate limit reached for gpt-4o: Limit 30000, Used 29000. Please try again in 20s. Visit https://a.test', 20_000],
    ['Please try again in 1.5s.', 1_500],
    ['Please try again in 350ms.', 350],
    ['Please try again in 2m30s.', 150_000],
    ['Please try again in 7m12.345s. Need more tokens?', 432_345],
    ['Please try again in 1h2m3s', 3_723_000],
    ['Please try again in 6m0s.', 360_000],
    ['You exceeded your current quota. Please retry in 34.074824224s.', 34_075],
    ['Please retry after 6 seconds. Contact support', 6_000],
    ['try again in 2 minutes 5 seconds', 125_000],
    ['Try again after 100 milliseconds', 100],
  ])('is read in words: %s', (message, ms) => {
    expect(asked({ error: { message } })).toBe(ms);
  });

  it.each([
    { error: 'Please try again in 20s.' },
    { error: { detail: 'Please try again in 20s.' } },
    { object: 'error', message: 'Please try again in 20s.' },
  ])('is read in the words of %j', (json) => {
    expect(asked(json)).toBe(20_000);
  });

  it.each([
    'Please try again later',
    'Please try again in a few seconds',
    'try again in 20',
    'try again in 5 months',
    'You have 20s to comply',
    'Please retry in s',
    'Please retry in -5s',
  ])('is none in the words: %s', (message) => {
    expect(asked({ error: { message } })).toBeUndefined();
  });

  it('is looked for in linear time', () => {
    const startMs = workedMs();
    for (const hostile of [
      `try again in ${'1'.repeat(100_000)}`,
      'retry in 1s '.repeat(10_000),
      '1s'.repeat(100_000),
    ]) {
      asked({ error: { message: hostile } });
      asked({ error: { message: `retry in ${hostile}` } });
    }

    expect(workedMs() - startMs).toBeLessThan(500);
  });
});

describe('the message of an error', () => {
  const apiError = new ApiError({ message: 'Slow down', code: 'rate_limit_exceeded', retryAfterMs: 34_500 });

  it('tells the wait that was asked for', () => {
    expect(apiError.message).toBe('rate_limit_exceeded: Slow down (asks to wait 34.5 s)');
    expect(apiError.providerMessage).toBe('Slow down');
    expect(apiError.withProviderMessage('Slower').message).toBe('rate_limit_exceeded: Slower (asks to wait 34.5 s)');
    expect(new HttpError({ status: 503, url, retryAfterMs: 120_000 }).message).toBe(
      `HTTP 503 from ${url} (asks to wait 120 s)`,
    );
  });

  it('tells it once, and that of the header where both name one', () => {
    expect(new HttpError({ status: 429, url, apiError }).message).toBe(
      `HTTP 429 from ${url}: rate_limit_exceeded: Slow down (asks to wait 34.5 s)`,
    );
    const error = new HttpError({ status: 429, url, apiError, retryAfterMs: 60_000 });
    expect(error.message).toBe(`HTTP 429 from ${url}: rate_limit_exceeded: Slow down (asks to wait 60 s)`);
    expect(error.retryAfterMs).toBe(60_000);
  });

  it('leaves out a wait of less than a second', () => {
    expect(new ApiError({ message: 'Slow down', retryAfterMs: 999 }).message).toBe('Slow down');
    expect(new HttpError({ status: 503, url, retryAfterMs: 0 }).message).toBe(`HTTP 503 from ${url}`);
  });
});
