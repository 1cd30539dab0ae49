import fc from 'fast-check';

import { median, quantile, spread } from '../../../bench/harness/median.ts';

describe('median', () => {
  it.each([
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    // Numbers, not their digits, are in order.
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves its argument as it was', () => {
    const values = [3, 1, 2];
    median(values);

    expect(values).toEqual([3, 1, 2]);
  });

  it('does not exist for nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it('does not depend on the order, nor on one value gone astray', () => {
    const times = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 3, maxLength: 20 });
    fc.assert(
      fc.property(times, (values) => {
        expect(median(values.toReversed())).toBe(median(values));
        const worst = Math.max(...values);
        expect(median(values.with(values.indexOf(worst), worst * 1000))).toBeLessThanOrEqual(worst);
      }),
    );
  });
});

describe('quantile', () => {
  it('lies between two values where it must', () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantile([10, 20, 30], share))).toEqual([10, 15, 20, 30]);
  });
});

describe('spread', () => {
  it('is half the distance of the quartiles, as a share of the median', () => {
    expect(spread([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
    expect(spread([5, 5, 5])).toBe(0);
  });
});
