import { isObservable, type Observable } from 'rxjs';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { Inbox, type Pace } from './Inbox.ts';

export interface QueueOptions {
  /** Upper bound on what may wait for a slow reader, in values; `Infinity` for none. @defaultValue 10_000 */
  readonly maxQueued?: number | undefined;
  /** Upper bound on the text of deltas that wait, in UTF-16 code units; `Infinity` for none. @defaultValue 67_108_864 */
  readonly maxQueuedChars?: number | undefined;
}

/** An Observable, or a function that makes one which waits for its reader: see `Pace`. */
export type PacedSource<T> = Observable<T> | ((pace: Pace) => Observable<T>);

/** Checks what it is given at once; each call of what it gives is a reading of its own. */
export const inboxOf = <T>(
  source: PacedSource<T>,
  { maxQueued = 10_000, maxQueuedChars = 67_108_864 }: QueueOptions,
): (() => Inbox<T>) => {
  checkOption('bound', 'maxQueued', maxQueued);
  checkOption('bound', 'maxQueuedChars', maxQueuedChars);
  if (!isObservable(source) && typeof source !== 'function') {
    throw new InvalidOptionError('source', 'must be an Observable, or a function that returns one');
  }
  const start = isObservable(source) ? (): Observable<T> => source : source;
  return () => new Inbox(start, { maxQueued, maxQueuedChars });
};
