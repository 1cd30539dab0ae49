import { describeWithRedis } from '../support/redis.ts';
import { faultKinds, planRound } from './harness/RoundPlan.ts';
import { type ChaosOptions, runChaos } from './harness/runChaos.ts';

/** What a run on a busy machine may take at most. */
const patienceMs = 180_000;

/** Each run has a Redis of its own, which it may kill; this one tells whether there is any. */
describeWithRedis('chaos', () => {
  it(
    'breaks no promise in ten rounds',
    async () => {
      const { bad } = await runChaos({ rounds: 10, seed: 'ci' });

      expect(bad).toEqual([]);
    },
    patienceMs,
  );
});

describeWithRedis('the judge of a run', () => {
  const rulesBroken = async (options: Partial<ChaosOptions>): Promise<readonly string[]> => {
    const { bad } = await runChaos({ rounds: 1, seed: 'broken', ...options });
    return [...new Set(bad.flatMap(({ violations }) => violations.map(({ rule }) => rule)))];
  };

  it.each([
    ['appends that nobody fences', { sabotage: 'unfenced', kinds: ['freeze-producer'] }, 'zombie'],
    ['producers that are ended while they live', { sabotage: 'no-lease', kinds: [] }, 'unjust-lost'],
    ['producers that die unnoticed', { sabotage: 'no-reaper', kinds: ['kill-producer'] }, 'no-ending'],
    ['clients that forget where they were', { ignoresIds: true, kinds: [] }, 'double'],
  ] as const)(
    'finds out about %s',
    async (_, options, rule) => {
      expect(await rulesBroken(options)).toContain(rule);
    },
    patienceMs,
  );
});

describe('a plan', () => {
  it('follows from its seed alone', () => {
    expect(planRound('a/1', 'r1')).toEqual(planRound('a/1', 'r1'));
    expect(planRound('a/1', 'r1')).not.toEqual(planRound('a/2', 'r1'));
  });

  it('comes to every kind of fault', () => {
    const plans = Array.from({ length: 100 }, (_, round) => planRound(`all/${round}`, `r${round}`));
    const timed = plans.flatMap(({ faults }) => faults.map(({ kind }) => kind));

    expect(new Set(timed)).toEqual(new Set(faultKinds.slice(0, 7)));
    expect(plans.some(({ answers }) => answers.some(({ stopAtMs }) => stopAtMs !== undefined))).toBe(true);
    expect(plans.some(({ dropShare }) => dropShare > 0) && plans.some(({ cutShare }) => cutShare > 0)).toBe(true);
  });
});
