import { isObservable, type Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';

/** A list with something in it. */
export type Sources = readonly [Observable<Delta>, ...Observable<Delta>[]];

/** A copy of the list; throws `InvalidOptionError` unless there is at least one source, and each is an Observable. */
export const checkSources = (sources: readonly Observable<Delta>[]): Sources => {
  // Callers without types pass all sorts of things.
  if (!Array.isArray(sources)) throw new InvalidOptionError('sources', 'must be a list of Observables');
  const odd = sources.findIndex((source) => !isObservable(source));
  if (odd >= 0) throw new InvalidOptionError(`sources[${odd}]`, 'must be an Observable');
  const [first, ...others] = sources as readonly Observable<Delta>[];
  if (first === undefined) throw new InvalidOptionError('sources', 'must hold at least one Observable');
  return [first, ...others];
};
