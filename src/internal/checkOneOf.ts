import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** Throws `InvalidOptionError` unless `value` is one of the words that an option takes. */
export const checkOneOf = (option: string, value: string, words: readonly string[]): void => {
  if (words.includes(value)) return;
  throw new InvalidOptionError(option, `must be ${words.map((word) => `'${word}'`).join(' or ')}; got '${value}'`);
};
