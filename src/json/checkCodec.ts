import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** Throws `InvalidOptionError` unless it is a codec, or left out. */
export const checkCodec = (codec: { readonly decode?: unknown } | null | undefined): void => {
  if (codec === undefined || typeof codec?.decode === 'function') return;
  throw new InvalidOptionError('codec', 'must be a codec of io-ts, or undefined; options come behind it');
};
