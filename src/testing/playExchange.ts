import { asyncScheduler, Observable, type Subscriber, Subscription } from 'rxjs';

import { after } from '../internal/after.ts';
import { isWholeAnswer } from './isWholeAnswer.ts';
import type { RecordedEnd, RecordedEvent, RecordedExchange, RecordedHead } from './Recording.ts';

/** Part of a response as it comes. */
export type Played = RecordedHead | Uint8Array;

/**
 * How long a response that its client left stays silent beyond the time of leaving, in milliseconds: a clock of the
 * reader's that ended it then has to ring first again.
 */
const graceMs = 1_000;

const failureOf = ({ name, message, code }: Extract<RecordedEnd, { how: 'failed' }>): Error => {
  // Clients tell a network that failed by the class.
  const error = name === 'TypeError' ? new TypeError(message) : Object.assign(new Error(message), { name });
  return code === undefined ? error : Object.assign(error, { code });
};

const endWith = (end: RecordedEnd, out: Subscriber<Played>): void => {
  if (end.how === 'complete') out.complete();
  else if (end.how === 'failed') out.error(failureOf(end));
  else out.error(new DOMException('the recording ends here: its client left', 'AbortError'));
};

const playEvent = (event: RecordedEvent, out: Subscriber<Played>): void => {
  if ('head' in event) out.next(event.head);
  else if ('bytes' in event) out.next(event.bytes);
  else endWith(event.end, out);
};

const waitMs = (event: RecordedEvent): number =>
  event.afterMs + ('end' in event && event.end.how === 'left' ? graceMs : 0);

/** Clients leave once they have the whole answer; whoever reads on is told that it ends there. */
const eventsOf = (exchange: RecordedExchange): readonly RecordedEvent[] => {
  const last = exchange.events.at(-1);
  if (last === undefined || !('end' in last) || last.end.how !== 'left' || !isWholeAnswer(exchange))
    return exchange.events;
  return [...exchange.events.slice(0, -1), { afterMs: last.afterMs, end: { how: 'complete' } }];
};

/**
 * A recorded response in its time, on `asyncScheduler`; ends as it ended, in the words of `fetch`. What is due comes at once, so
 * late timers do not add up.
 */
export const playExchange = (exchange: RecordedExchange, speed: number): Observable<Played> =>
  new Observable((out) => {
    const events = eventsOf(exchange);
    const startMs = asyncScheduler.now();
    let bell = Subscription.EMPTY;
    let recordedMs = 0;
    let at = 0;
    const goOn = (): void => {
      for (; !out.closed; at += 1) {
        const event = events[at];
        if (event === undefined) {
          out.error(new TypeError('the recording ends here, in the middle of the response'));
          return;
        }
        const leftMs = Math.round((recordedMs + waitMs(event)) / speed) - (asyncScheduler.now() - startMs);
        if (leftMs > 0) {
          bell = after(leftMs, goOn);
          return;
        }
        recordedMs += waitMs(event);
        playEvent(event, out);
      }
    };
    goOn();
    return () => {
      bell.unsubscribe();
    };
  });
