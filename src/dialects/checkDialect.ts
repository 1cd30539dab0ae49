import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import type { Dialect } from './Dialect.ts';

/** What it takes to read a stream. */
const reading = [
  'request',
  'expectedChoices',
  'framing',
  'terminal',
  'isHeartbeat',
  'ending',
  'errorIn',
  'chunk',
  'deltas',
] as const satisfies readonly (keyof Dialect)[];

/** Throws `InvalidOptionError` unless `dialect`, given as `option`, has these members. Callers without types leave some out. */
export const checkDialect = (
  dialect: object,
  members: readonly (keyof Dialect)[] = reading,
  option = 'dialect',
): void => {
  // They may pass a name, or nothing.
  const given = Object(dialect) as Partial<Dialect>;
  const missing = members.filter((member) => given[member] === undefined);
  if (missing.length === 0) return;
  throw new InvalidOptionError(option, `${given.name ?? 'without a name'} has no ${missing.join(', ')}`);
};
