import { from, map } from 'rxjs';

import { decodeDeltas } from '../chunks/decodeDeltas.ts';
import type { RecordedExchange } from './Recording.ts';
import { routes } from './routes.ts';

/**
 * Whether an exchange has a whole answer in it, in the dialect of its address. A client that has one leaves: it does not wait for
 * the server to end the response.
 */
export const isWholeAnswer = ({ url, events }: RecordedExchange): boolean => {
  const dialect = routes.find(([path]) => path.test(url))?.[1];
  if (dialect === undefined) return false;
  let isWhole = false;
  from(events)
    .pipe(
      map((event) => ('bytes' in event ? event.bytes : new Uint8Array())),
      decodeDeltas(dialect),
    )
    .subscribe({
      error: () => undefined,
      complete: () => {
        isWhole = true;
      },
    });
  return isWhole;
};
