import { firstValueFrom, map, type Observable, toArray } from 'rxjs';
import type { LogRecord } from 'rxllm/log';

/** Every event of a log that is followed to its end. */
export const all = <T>(records: Observable<LogRecord<T>>): Promise<readonly T[]> =>
  firstValueFrom(
    records.pipe(
      map(({ event }) => event),
      toArray(),
    ),
  );

export const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
