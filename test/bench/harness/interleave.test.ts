import { interleave, rotated } from '../../../bench/harness/interleave.ts';

/** Contestants that move a clock on by their own time, and a log of what happened. */
const fakes = (tookMs: Readonly<Record<string, number>>) => {
  const log: string[] = [];
  let clockMs = 1000;
  return {
    log,
    contestants: Object.entries(tookMs).map(([name, ms]) => ({
      name,
      run: (): string => {
        log.push(name);
        clockMs += ms;
        return `result of ${name}`;
      },
    })),
    nowMs: () => clockMs,
    passMs: (ms: number) => {
      clockMs += ms;
    },
  };
};

describe('interleave', () => {
  it('runs every contestant once per round and begins with the next one each time', async () => {
    const { log, contestants, nowMs } = fakes({ a: 1, b: 2, c: 3 });
    await interleave(contestants, { rounds: 4, warmUpRounds: 0, check: () => undefined, nowMs });

    expect(log.join('')).toBe('abc' + 'bca' + 'cab' + 'abc');
  });

  it('gives the times of the rounds after the warm-up, by name', async () => {
    const { log, contestants, nowMs } = fakes({ a: 1, b: 20 });
    const times = await interleave(contestants, { rounds: 3, warmUpRounds: 2, check: () => undefined, nowMs });

    expect(log).toHaveLength(10);
    expect([...times]).toEqual([
      ['a', [1, 1, 1]],
      ['b', [20, 20, 20]],
    ]);
  });

  it('counts neither the collection of garbage nor the check', async () => {
    const { contestants, nowMs, passMs, log } = fakes({ a: 5 });
    const times = await interleave(contestants, {
      rounds: 2,
      warmUpRounds: 0,
      nowMs,
      check: () => {
        passMs(100);
      },
      collectGarbage: () => {
        passMs(1000);
        log.push('gc');
      },
    });

    expect(times.get('a')).toEqual([5, 5]);
    expect(log).toEqual(['gc', 'a', 'gc', 'a']);
  });

  it('counts until the result of an asynchronous contestant is there', async () => {
    const { nowMs, passMs } = fakes({});
    const run = async (): Promise<string> => {
      await Promise.resolve();
      passMs(7);
      return 'late';
    };
    const seen: string[] = [];
    const check = (result: string): void => {
      seen.push(result);
    };
    const times = await interleave([{ name: 'a', run }], { rounds: 1, warmUpRounds: 0, check, nowMs });

    expect(times.get('a')).toEqual([7]);
    expect(seen).toEqual(['late']);
  });

  it('fails at the first wrong result, in the warm-up, too', async () => {
    const { log, contestants, nowMs } = fakes({ a: 1, b: 1, c: 1 });
    const check = (result: string, client: string): void => {
      expect(result).toBe(`result of ${client}`);
      if (client === 'b') throw new Error('b is wrong');
    };

    await expect(interleave(contestants, { rounds: 1, warmUpRounds: 1, check, nowMs })).rejects.toThrow('b is wrong');
    expect(log).toEqual(['a', 'b']);
  });

  it('says before each round how many are done', async () => {
    const { contestants, nowMs } = fakes({ a: 1 });
    const seen: number[] = [];
    const onRound = (finished: number): void => {
      seen.push(finished);
    };
    await interleave(contestants, { rounds: 2, warmUpRounds: 1, check: () => undefined, nowMs, onRound });

    expect(seen).toEqual([0, 1, 2]);
  });
});

describe('rotated', () => {
  it('puts everyone first in turn', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
    expect(rotated([], 3)).toEqual([]);
  });
});
