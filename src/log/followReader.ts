import { Observable } from 'rxjs';

import { LogError } from '../errors/LogError.ts';
import type { LogCodec } from './LogCodec.ts';
import type { LogEnding } from './LogDriver.ts';
import type { LogReader, LogRecord } from './LogReader.ts';

/** What a reader reads, as fast as it comes; errors unless the log truly ends. Only for history does it wait for a promise. */
export const followReader = <T>(
  open: () => Promise<LogReader<unknown>>,
  { fromJson, errorFromJson }: LogCodec<T>,
): Observable<LogRecord<T>> =>
  new Observable((out) => {
    let reader: LogReader<unknown> | undefined;
    let isBusy = false;
    const fail = (error: unknown): void => {
      out.error(error);
    };
    const finish = (ending: LogEnding | undefined, id: string): void => {
      if (ending?.state === 'lost') out.error(new LogError('lost', id));
      else if (ending?.state === 'failed') out.error(errorFromJson(ending.error));
      else out.complete();
    };
    const read = (from: LogReader<unknown>): void => {
      if (isBusy) return;
      isBusy = true;
      for (let batch = from.poll(); batch !== 'wait'; batch = from.poll()) {
        if (batch === 'page') {
          from.page().then(() => {
            isBusy = false;
            attempt(from);
          }, fail);
          return;
        }
        for (const { cursor, event } of batch?.records ?? []) out.next({ cursor, event: fromJson(event) });
        if (batch === undefined || batch.ending) finish(batch?.ending, from.id);
        if (out.closed) return;
      }
      isBusy = false;
    };
    const attempt = (from: LogReader<unknown>): void => {
      try {
        read(from);
      } catch (error) {
        fail(error);
      }
    };
    out.add(() => reader?.close());
    open().then((opened) => {
      reader = opened;
      if (out.closed) opened.close();
      opened.onWake = () => {
        if (!out.closed) attempt(opened);
      };
      if (!out.closed) attempt(opened);
    }, fail);
  });
