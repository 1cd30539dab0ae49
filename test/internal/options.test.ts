import { InvalidOptionError } from 'rxllm';

import { checkBound } from '../../src/internal/options.ts';
import { thrownBy } from '../support/record.ts';

describe('checkBound', () => {
  it.each([1, 2, 10_000, Number.MAX_SAFE_INTEGER, Infinity])('lets %p through', (value) => {
    expect(() => checkBound('maxThings', value)).not.toThrow();
  });

  it.each([0, -1, 1.5, NaN, -Infinity, Number.MAX_SAFE_INTEGER + 1, '5', null])('throws at %p', (value) => {
    const error = thrownBy(() => checkBound('maxThings', value as number));

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({
      option: 'maxThings',
      message: `maxThings must be a whole number above 0, or Infinity for no bound; got ${String(value)}`,
    });
  });
});
