import { retryAfterMs } from '../../src/internal/retryAfterMs.ts';

const nowMs = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

const asked = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), nowMs);

describe('retryAfterMs', () => {
  it('is undefined when the server asks for nothing', () => {
    expect(asked({})).toBeUndefined();
  });

  it.each([
    ['0', 0],
    ['1', 1_000],
    ['120', 120_000],
    ['1.5', 1_500],
    ['0.0001', 1],
    [' 7 ', 7_000],
  ])('reads retry-after: %s as seconds', (value, expected) => {
    expect(asked({ 'retry-after': value })).toBe(expected);
  });

  it.each([
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000],
    ['Wednesday, 21-Oct-26 07:29:00 GMT', 60_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
  ])('reads retry-after: %s as a date', (value, expected) => {
    expect(asked({ 'retry-after': value })).toBe(expected);
  });

  it.each([
    ['250', 250],
    ['250.2', 251],
    ['0', 0],
  ])('reads retry-after-ms: %s', (value, expected) => {
    expect(asked({ 'retry-after-ms': value })).toBe(expected);
  });

  it('prefers retry-after-ms', () => {
    expect(asked({ 'retry-after-ms': '250', 'retry-after': '9' })).toBe(250);
  });

  it('falls back to retry-after where retry-after-ms makes no sense', () => {
    expect(asked({ 'retry-after-ms': 'soon', 'retry-after': '9' })).toBe(9_000);
  });

  it.each(['', 'soon', '1,000', '10s', '1e3', '0x10', 'Infinity', 'NaN', '5 seconds'])(
    'is undefined for retry-after: "%s"',
    (value) => {
      expect(asked({ 'retry-after': value })).toBeUndefined();
    },
  );

  // The runtime's `Date.parse` takes any of these for a date.
  it.each(['-1', '+5', 'abc 5', 'wait 2099', 'Wait 2099', 'Later 5', '60 (rate limited)'])(
    'is undefined for retry-after: "%s", which is no date of HTTP',
    (value) => {
      expect(asked({ 'retry-after': value })).toBeUndefined();
    },
  );

  it('measures a date against the present unless told otherwise', () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();

    expect(retryAfterMs(new Headers({ 'retry-after': inAMinute }))).toBeGreaterThan(50_000);
    expect(retryAfterMs(new Headers({ 'retry-after': inAMinute }))).toBeLessThanOrEqual(60_000);
  });
});
