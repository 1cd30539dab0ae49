import { asyncScheduler } from 'rxjs';

import { LazyTimer } from '../../src/ui/LazyTimer.ts';
import { marbles } from '../support/marbles.ts';

/** Sets a timer at the given times, and tells when it rang. */
const rings = (sets: readonly (readonly [atMs: number, waitMs: number | undefined])[], flush: () => void): number[] => {
  const rang: number[] = [];
  const timer = new LazyTimer(() => rang.push(asyncScheduler.now()));
  for (const [atMs, waitMs] of sets) {
    asyncScheduler.schedule(() => {
      if (waitMs === undefined) timer.stop();
      else timer.set(waitMs);
    }, atMs);
  }
  flush();
  return rang;
};

describe('LazyTimer', () => {
  it.each<readonly [what: string, sets: readonly (readonly [number, number | undefined])[], rang: readonly number[]]>([
    ['rings once, when it is due', [[1, 10]], [11]],
    [
      'forgets what it was set to, for later',
      [
        [1, 10],
        [5, 10],
        [14, 10],
      ],
      [24],
    ],
    [
      'forgets what it was set to, for sooner',
      [
        [1, 100],
        [5, 10],
      ],
      [15],
    ],
    [
      'forgets what it was set to, for never',
      [
        [1, 10],
        [5, Infinity],
      ],
      [],
    ],
    [
      'can be set again when it has rung',
      [
        [1, 10],
        [20, 10],
      ],
      [11, 30],
    ],
    [
      'rings no more when it was stopped',
      [
        [1, 10],
        [5, undefined],
      ],
      [],
    ],
    [
      'can be set again when it was stopped',
      [
        [1, 10],
        [5, undefined],
        [6, 10],
      ],
      [16],
    ],
    ['rings at once, though not synchronously, for 0', [[1, 0]], [1]],
  ])('%s', (_, sets, rang) => {
    marbles(({ flush }) => {
      expect(rings(sets, flush)).toEqual(rang);
    })();
  });

  it(
    'waits no longer than it was told to when the clock is set back',
    marbles(({ flush }) => {
      const rang: number[] = [];
      const { now } = asyncScheduler;
      let backMs = 0;
      asyncScheduler.now = () => now() - backMs;
      try {
        const timer = new LazyTimer(() => rang.push(now()));
        timer.set(10);
        asyncScheduler.schedule(() => (backMs = 3_600_000), 5);
        flush();
      } finally {
        asyncScheduler.now = now;
      }
      expect(rang).toEqual([20]);
    }),
  );
});
