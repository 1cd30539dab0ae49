import type { LogPlace } from './Cursor.ts';
import type { LogCodec } from './LogCodec.ts';
import type { LogEntry } from './LogDriver.ts';
import { type LogOutcome, outcomeOf } from './LogOutcome.ts';

/** An entry as it is read: its events are taken out of their JSON once, for all readers of a process. */
export interface LogPage<T> {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly events: readonly T[];
  readonly outcome: LogOutcome | undefined;
  /** About as many bytes of memory as it takes. */
  readonly bytes: number;
}

/** About as many bytes of memory as an entry takes whose events are this JSON. */
export const pageBytesOf = (json: string): number => 120 + 4 * json.length;

export const pageOf = <T>(
  { epoch, first, last, json, ending }: LogEntry,
  id: string,
  codec: LogCodec<T>,
): LogPage<T> => ({
  epoch,
  first,
  last,
  events: (JSON.parse(json) as readonly unknown[]).map((event) => codec.fromJson(event)),
  outcome: ending && outcomeOf(ending, id),
  bytes: pageBytesOf(json),
});

/**
 * Whether an entry tells another story than the one that was read up to `place`: a later producer began before it, or an earlier one
 * went on behind it.
 */
export const contradicts = (
  { epoch, first, last }: Pick<LogEntry, 'epoch' | 'first' | 'last'>,
  place: LogPlace,
): boolean => (epoch > place.epoch ? first <= place.seq : epoch < place.epoch && last > place.seq);
