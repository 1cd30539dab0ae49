import type { LogOutcome } from '../log/LogOutcome.ts';
import type { LogReader } from '../log/LogReader.ts';

/** All that a log has of an answer; `outcome` is `undefined` while it is made. Closes the reader. */
export const answerSoFar = async <T>(
  reader: LogReader<T>,
): Promise<{ readonly events: readonly T[]; readonly outcome: LogOutcome | undefined }> => {
  const events: T[] = [];
  try {
    for (;;) {
      const batch = reader.poll();
      if (batch === 'wait' || batch === undefined) return { events, outcome: undefined };
      if (batch === 'page') await reader.page();
      else {
        for (const { event } of batch.records) events.push(event);
        if (batch.outcome) return { events, outcome: batch.outcome };
      }
    }
  } finally {
    reader.close();
  }
};
