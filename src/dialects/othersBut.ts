import type { Delta, OtherDelta } from '../deltas/Delta.ts';
import { wordSet } from '../internal/wordSet.ts';

/** Writes the fields of an object that nobody knows, as they came. */
type WriteOthers = (from: object, place: Pick<OtherDelta, 'choice' | 'part'>, out: Delta[]) => void;

/** The fields between the spaces of `words` are known. */
export const othersBut = (...words: readonly string[]): WriteOthers => {
  const known = wordSet(words.join(' '));
  /** Known fields in the order of the last object: it is nearly always the same, and quicker to compare than to look up. */
  const order: string[] = [];
  return (from, place, out) => {
    let at = 0;
    // Objects come out of JSON, so there is nothing but their own fields to go through.
    for (const name in from) {
      if (order[at] !== name) {
        if (!known.has(name)) {
          const raw = (from as Record<string, unknown>)[name];
          if (raw !== null && raw !== undefined) out.push({ type: 'other', name, ...place, raw });
          continue;
        }
        order[at] = name;
      }
      at += 1;
    }
  };
};
