import { defer, from, mergeMap, type OperatorFunction } from 'rxjs';
import type { Delta } from 'rxllm';

/** A text so far, and whether that is all of it. */
export interface GrowingText {
  readonly text: string;
  readonly isWhole: boolean;
}

const place = { choice: 0, part: 0 } as const;

/** A text that grows, as what is added to it each time; one that becomes another begins anew. */
export const textDeltas = (): OperatorFunction<GrowingText, Delta> => (source) =>
  defer(() => {
    let seen = '';
    return source.pipe(
      mergeMap(({ text, isWhole }) => {
        const isMore = text.startsWith(seen);
        const deltas: Delta[] = isMore ? [] : [{ type: 'start', id: '', model: '', attempt: 1, step: 0 }];
        const added = isMore ? text.slice(seen.length) : text;
        if (added !== '') deltas.push({ type: 'text', ...place, text: added });
        // A block that is open is settled now; should the text grow after all, another one follows.
        if (isWhole) deltas.push({ type: 'end' });
        seen = text;
        return from(deltas);
      }),
    );
  });
