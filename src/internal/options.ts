import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** Throws unless `value` is a whole number above zero, or `Infinity` to turn a bound off. */
export const checkBound = (option: string, value: number): void => {
  if (!(value === Infinity || (Number.isSafeInteger(value) && value > 0))) {
    throw new InvalidOptionError(
      option,
      `must be a whole number above 0, or Infinity for no bound; got ${String(value)}`,
    );
  }
};
