import type { MonoTypeOperatorFunction } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import type { Delta, TextDelta } from '../deltas/Delta.ts';
import { addUsage } from '../deltas/Usage.ts';
import { operate } from '../internal/operate.ts';
import { Seam } from './Seam.ts';

/**
 * Makes the deltas of a second request go on where a partial answer stopped: no `start`, parts numbered on, text
 * glued to text without what was said twice, usage added up.
 */
export const spliceDeltas = (partial: Completion, way: 'prefill' | 'ask'): MonoTypeOperatorFunction<Delta> =>
  operate((out) => {
    const { parts } = partial.choices[0];
    const lastPart = parts.length - 1;
    const canGlue = parts[lastPart]?.kind === 'text';
    const seam = new Seam(partial.text, way);
    /** The part of the second answer that goes on with the last of the first; -1 once it is known that none does. */
    let glued: number | undefined = canGlue ? undefined : -1;

    const placed = (part: number): number => {
      if (part === glued) return lastPart;
      return parts.length + part - (glued !== undefined && glued >= 0 && part > glued ? 1 : 0);
    };
    const text = (piece: string): void => {
      if (piece !== '') out.next({ type: 'text', choice: 0, part: lastPart, text: piece } satisfies TextDelta);
    };
    const write = (delta: Delta): void => {
      if (delta.type === 'start') return;
      if (delta.type === 'part-start' && delta.kind === 'text' && glued === undefined) {
        glued = delta.part;
        return;
      }
      if (delta.type === 'text' && delta.part === glued) {
        text(seam.push(delta.text));
        return;
      }
      if (delta.type === 'finish' || (delta.type === 'part-end' && delta.part === glued)) text(seam.rest());
      if (delta.type === 'usage') out.next({ type: 'usage', usage: addUsage(partial.usage, delta.usage) });
      else out.next('part' in delta ? { ...delta, part: placed(delta.part) } : delta);
    };
    return {
      next: write,
      complete() {
        text(seam.rest());
        out.complete();
      },
      error(error) {
        text(seam.rest());
        out.error(error);
      },
    };
  });
