import { describeWithRedis } from '../support/redis.ts';
import { readAnswerId } from './harness/AnswerId.ts';
import { faultKinds, type FaultPlan, planRound, type RoundPlan, type TimedFault } from './harness/RoundPlan.ts';
import { type ChaosOptions, runChaos } from './harness/runChaos.ts';
import { clocks } from './harness/ServerConfig.ts';
import { TokenReader, tokenAt } from './harness/TokenReader.ts';

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
  const rulesBroken = async (options: Omit<ChaosOptions, 'rounds'>): Promise<readonly string[]> => {
    const { bad } = await runChaos({ rounds: 1, ...options });
    return [...new Set(bad.flatMap(({ violations }) => violations.map(({ rule }) => rule)))];
  };

  /**
   * A seed with a first round in which one server makes all answers, of either kind and for long enough that what happens to it early
   * happens to them, and in which clients have to come again.
   */
  const seed = ((): string => {
    const isFit = ({ answers, cutShare }: RoundPlan): boolean => {
      const long = answers.filter(({ id, stopAtMs }) => {
        const { tokens, paceUs } = readAnswerId(id);
        return stopAtMs === undefined && tokens * paceUs > 1_700_000;
      });
      const kinds = new Set(long.map(({ id }) => readAnswerId(id).onLost));
      const servers = new Set(answers.map(({ server }) => server));
      return cutShare > 0.5 && servers.size === 1 && kinds.has('go') && kinds.has('end');
    };
    for (let at = 0; ; at += 1) if (isFit(planRound(`broken${at}/0`, 'r0'))) return `broken${at}`;
  })();
  const early = (kind: TimedFault, forMs: number): readonly FaultPlan[] => [{ kind, forMs, atMs: 150, which: 0 }];
  // A producer is away for as long as it takes to replace it, and back while the other one writes.
  const frozen = early('freeze-producer', clocks.leaseMs + 4 * clocks.pollMs);
  const killed = early('kill-producer', 100);

  const broken = {
    'appends that nobody fences': { options: { sabotage: 'unfenced', faults: frozen }, rules: ['zombie'] },
    'producers replaced while they live': {
      options: { sabotage: 'no-lease', faults: [] },
      rules: ['unjust-lost', 'unjust-takeover'],
    },
    'producers that die unnoticed': {
      options: { sabotage: 'no-reaper', faults: killed, patienceMs: 4_000 },
      rules: ['no-ending'],
    },
    'clients that forget where they were': { options: { ignoresIds: true, faults: [] }, rules: ['double'] },
  } as const;
  const found = new Map<string, readonly string[]>();

  // They mostly wait, so they do it side by side.
  beforeAll(async () => {
    const runs = Object.entries(broken).map(async ([what, { options, rules }]) => {
      // A server that stood still, since the machine is busy, excuses what is else a fault: then once more.
      for (let round = 0; round < 3 && !rules.every((rule) => found.get(what)?.includes(rule)); round += 1) {
        found.set(what, await rulesBroken({ seed, ...options }));
      }
    });
    await Promise.all(runs);
  }, patienceMs);

  it.each(Object.entries(broken))('finds out about %s', (what, { rules }) => {
    expect(found.get(what)).toEqual(expect.arrayContaining([...rules]));
  });

  it(
    'has nothing to say where nothing was broken',
    async () => {
      expect(await rulesBroken({ seed, faults: frozen })).toEqual([]);
    },
    patienceMs,
  );
});

describe('a reader of tokens', () => {
  const faultsIn = (...pieces: readonly string[]): readonly string[] => {
    const reader = new TokenReader('a');
    return pieces.flatMap((piece) => reader.read(piece).map(({ fault }) => fault));
  };
  const token = (index: number, id = 'a'): string => tokenAt(id, index, 'm1');

  it('takes each once and in order, also where several come as one', () => {
    expect(faultsIn(token(0), token(1) + token(2), token(3))).toEqual([]);
  });

  it('finds gaps, doubles, tokens of others and torn ones', () => {
    expect(faultsIn(token(0), token(2), token(3))).toEqual(['gap']);
    expect(faultsIn(token(0), token(1), token(1), token(2))).toEqual(['double']);
    expect(faultsIn(token(1), token(0))).toEqual(['gap', 'double']);
    expect(faultsIn(token(0), token(1, 'b'), token(1))).toEqual(['foreign']);
    expect(faultsIn(token(0).slice(0, -1))).toEqual(['garbled']);
    expect(faultsIn(`${token(0)}x;`)).toEqual(['garbled']);
  });
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
