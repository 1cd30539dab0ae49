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

/** What an entry takes beside its events, in bytes. */
const pageBytes = 120;

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
  bytes: pageBytes + 4 * json.length,
});

/** Whether an entry tells another story than the one that was read up to `place`. */
export const contradicts = (entry: Pick<LogEntry, 'epoch' | 'first'>, place: LogPlace): boolean =>
  entry.epoch > place.epoch && entry.first <= place.seq;
