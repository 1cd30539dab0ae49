import { InvalidOptionError } from 'rxllm';

import { checkOption } from '../../src/internal/checkOption.ts';
import { thrownBy } from '../support/record.ts';

describe('checkOption', () => {
  it.each([
    ['bound', 1],
    ['bound', Number.MAX_SAFE_INTEGER],
    ['bound', Infinity],
    ['count', 0],
    ['count', Infinity],
    ['limitMs', 0.5],
    ['limitMs', Infinity],
    ['delayMs', 0],
    ['delayMs', 2 ** 31 - 1],
  ] as const)('takes as a %s %p', (kind, value) => {
    expect(() => {
      checkOption(kind, 'maxThings', value);
    }).not.toThrow();
  });

  it.each([
    ...[0, -1, 1.5, NaN, -Infinity, Number.MAX_SAFE_INTEGER + 1, '5', null].map((value) => ['bound', value] as const),
    ...[-1, 1.5, NaN, '5'].map((value) => ['count', value] as const),
    ...[0, -1, NaN, '5'].map((value) => ['limitMs', value] as const),
    ...[-1, NaN, Infinity, 2 ** 31, '5'].map((value) => ['delayMs', value] as const),
  ])('throws for a %s of %p', (kind, value) => {
    const error = thrownBy(() => {
      checkOption(kind, 'maxThings', value as number);
    });

    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({
      option: 'maxThings',
      message: expect.stringMatching(
        `^maxThings must be .*; got ${typeof value === 'string' ? `"${value}"` : String(value)}$`,
      ) as unknown,
    });
  });
});
