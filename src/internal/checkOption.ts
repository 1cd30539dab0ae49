import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

const isWhole = (value: number, least: number): boolean =>
  value === Infinity || (Number.isSafeInteger(value) && value >= least);

/** What numbers there are among options: whether one is sound, and what to say when it is not. */
const rules = {
  bound: [(value: number) => isWhole(value, 1), 'must be a whole number above 0, or Infinity for no bound'],
  count: [(value: number) => isWhole(value, 0), 'must be a whole number, 0 or above'],
  limitMs: [(value: number) => value > 0, 'must be above 0 milliseconds, or Infinity for no limit'],
  // Timers wait for no more than 31 bits of milliseconds.
  delayMs: [(value: number) => value >= 0 && value < 2 ** 31, 'must be from 0 to 2147483647 milliseconds'],
} as const;

/** Throws `InvalidOptionError` unless `value` is a number of the given kind. */
export const checkOption = (kind: keyof typeof rules, option: string, value: number): void => {
  const [isSound, rule] = rules[kind];
  // Callers without types pass all sorts of things.
  if (typeof value !== 'number' || !isSound(value)) {
    throw new InvalidOptionError(
      option,
      `${rule}; got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`,
    );
  }
};
