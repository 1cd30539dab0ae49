import { Observable } from 'rxjs';

import type { Delta } from '../../src/deltas/Delta.ts';
import { partialJson } from '../../src/json/partialJson.ts';
import type { Feed, StructuredClient } from './StructuredClient.ts';

const toolCall = 'report';
const head = { type: 'tool-call', choice: 0, part: 0, input: 'json', executedBy: 'client' } as const;

/** As a dialect makes them: one literal, no copying. */
const piece = (argumentsText: string): Delta => ({
  type: 'tool-call',
  choice: 0,
  part: 0,
  input: 'json',
  executedBy: 'client',
  argumentsText,
});

/** The deltas of one tool call. */
const callOf = (feed: Feed): Observable<Delta> =>
  new Observable((out) => {
    out.next({ ...head, id: 'call_1', name: toolCall });
    feed.pieces.forEach((text, index) => {
      feed.passing(index);
      out.next(piece(text));
    });
    out.next({ type: 'end' });
    out.complete();
  });

const following = (name: string, isRead: boolean): StructuredClient => ({
  name,
  run(feed) {
    let last: unknown;
    let failure: unknown;
    callOf(feed)
      .pipe(partialJson(undefined, { of: { toolCall } }))
      .subscribe({
        next: (snapshot) => {
          feed.show(isRead || snapshot.isWhole ? (last = snapshot.value) : undefined);
        },
        error: (error: unknown) => (failure = error),
      });
    if (failure !== undefined) throw failure;
    return last;
  },
});

/** Every value is read as it comes. */
export const structuredRxllm = following('rxllm', true);
/** A snapshot of every value is kept in sight, and only the last is read. */
export const structuredRxllmUnread = following('rxllm, not read', false);
