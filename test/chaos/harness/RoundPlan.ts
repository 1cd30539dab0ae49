import { writeAnswerId } from './AnswerId.ts';
import { random } from './random.ts';
import { clocks } from './ServerConfig.ts';

/** What is done to a run on purpose. */
export const faultKinds = [
  'kill-producer',
  'kill-consumer',
  'freeze-producer',
  'kill-redis',
  'lose-records',
  'kill-connections',
  'pause-redis',
  'stop',
  'drop-hints',
  'cut-clients',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Those that happen at a time. */
export type TimedFault = Exclude<FaultKind, 'stop' | 'drop-hints' | 'cut-clients'>;

export interface FaultPlan {
  readonly kind: TimedFault;
  /** Since all answers of the round were begun. */
  readonly atMs: number;
  readonly forMs: number;
  /** From 0 to 1: which of those that could be meant, or how much of it. */
  readonly which: number;
}

export interface AnswerPlan {
  readonly id: string;
  /** The number of the server that begins it. */
  readonly server: number;
  readonly clients: number;
  readonly stopAtMs: number | undefined;
}

export interface RoundPlan {
  readonly seed: string;
  readonly answers: readonly AnswerPlan[];
  readonly faults: readonly FaultPlan[];
  /** How many messages about new records a server does not hear, of 1. */
  readonly dropShare: number;
  /** How many connections of clients are cut, of 1. */
  readonly cutShare: number;
}

export const serverCount = 3;

const forMs: Readonly<Record<TimedFault, readonly [number, number]>> = {
  'kill-producer': [50, 400],
  'kill-consumer': [50, 400],
  'freeze-producer': [clocks.leaseMs * 1.4, clocks.leaseMs * 2],
  // Longer than a lease, too: then every producer gives up.
  'kill-redis': [0, clocks.leaseMs * 1.5],
  'lose-records': [0, clocks.leaseMs * 1.5],
  'kill-connections': [0, 0],
  'pause-redis': [100, 400],
};

const faultsOfRound = (seed: string): readonly FaultPlan[] => {
  const { between, shuffled, chance, unit } = random(`${seed} faults`);
  const timed = faultKinds.filter((kind): kind is TimedFault => !['stop', 'drop-hints', 'cut-clients'].includes(kind));
  // One disaster for Redis in a round: of two, nobody could say which of them lost what.
  const ofRedis = chance(0.5) ? 'kill-redis' : 'lose-records';
  const kinds = timed.filter((kind) => kind === ofRedis || (kind !== 'kill-redis' && kind !== 'lose-records'));
  const chosen = shuffled(kinds).slice(0, between(0, 3));
  return chosen.map((kind) => ({
    kind,
    atMs: between(100, chance(0.6) ? 1_100 : 2_600),
    forMs: between(...forMs[kind]),
    which: unit(),
  }));
};

/** What is going to happen in a round: all of it follows from the seed. `faults` instead of those of chance. */
export const planRound = (seed: string, name: string, faults = faultsOfRound(seed)): RoundPlan => {
  const { between, chance, pick, shuffled } = random(seed);
  // One server makes no answer, so that it can be lost without losing one.
  const producers = shuffled([...Array(serverCount).keys()]).slice(0, serverCount - 1);
  const answers = Array.from({ length: between(3, 5) }, (_, at): AnswerPlan => {
    const tokens = between(150, 900);
    const paceUs = Math.round((between(700, chance(0.8) ? 1_800 : 3_500) * 1_000) / tokens);
    return {
      id: writeAnswerId({ onLost: pick(['go', 'go', 'end', 'decline']), name: `${name}a${at}`, tokens, paceUs }),
      server: pick(producers),
      clients: between(1, 4),
      stopAtMs: chance(0.15) ? between(100, 900) : undefined,
    };
  });
  const [dropShare, cutShare] = [pick([0, 0, 0.1, 0.5, 1]), pick([0, 0.3, 0.8])];
  return { seed, answers, faults, dropShare, cutShare };
};
