import { Observable } from 'rxjs';

import type { LogOutcome } from './LogOutcome.ts';
import type { LogReader, LogRecord } from './LogReader.ts';

/** What a reader reads, as fast as it comes; errors unless the log truly ends. Only for history does it wait for a promise. */
export const followReader = <T>(open: () => Promise<LogReader<T>>): Observable<LogRecord<T>> =>
  new Observable((out) => {
    let reader: LogReader<T> | undefined;
    let isBusy = false;
    const fail = (error: unknown): void => {
      out.error(error);
    };
    const finish = (outcome: LogOutcome | undefined): void => {
      if (outcome && 'error' in outcome) out.error(outcome.error);
      else out.complete();
    };
    const read = (from: LogReader<T>): void => {
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
        for (const record of batch?.records ?? []) out.next(record);
        if (batch === undefined || batch.outcome) finish(batch?.outcome);
        if (out.closed) return;
      }
      isBusy = false;
    };
    const attempt = (from: LogReader<T>): void => {
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
