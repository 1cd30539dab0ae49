import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** Throws `InvalidOptionError` for what is no speed. */
export const checkSpeed = (speed: number): void => {
  if (typeof speed === 'number' && speed > 0) return;
  throw new InvalidOptionError(
    'speed',
    `must be above 0: 1 for as it was recorded, Infinity for at once; got ${String(speed)}`,
  );
};
