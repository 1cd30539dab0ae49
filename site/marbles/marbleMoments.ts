import { TestScheduler } from 'rxjs/testing';

import type { MarbleRow } from './MarbleRow.ts';

/** What happens at one moment of a row, in order: values by their letters, `|` for completion, `#` for an error. */
export interface MarbleMoment {
  readonly frame: number;
  readonly signs: readonly string[];
}

const signOf = { N: '', C: '|', E: '#' } as const;

/** The moments of a row, as a `TestScheduler` reads them. */
export const marbleMoments = ({ marbles, startsAt }: MarbleRow): readonly MarbleMoment[] => {
  const moments = new Map<number, string[]>();
  for (const { frame, notification } of TestScheduler.parseMarbles(marbles, undefined, undefined, false, true)) {
    const sign = notification.kind === 'N' ? String(notification.value) : signOf[notification.kind];
    const at = startsAt + frame / TestScheduler.frameTimeFactor;
    moments.set(at, [...(moments.get(at) ?? []), sign]);
  }
  return [...moments].map(([frame, signs]) => ({ frame, signs }));
};
