import fc from 'fast-check';

/** A reader leaves after so many events, or after a time, and comes back elsewhere. */
export interface Cut {
  readonly afterEvents: number;
  readonly afterMs: number;
  readonly awayMs: number;
  readonly server: number;
  /** Whether it had read a part of its last event only: its cursor is inside of that. */
  readonly isInside: boolean;
}

export interface ReaderPlan {
  readonly startMs: number;
  readonly server: number;
  /** How many records it pulls at once; without, it follows. */
  readonly pulls: number | undefined;
  readonly cuts: readonly Cut[];
}

/** What becomes of a server. One that freezes comes back, and goes on as if nothing had been. */
export type Fate =
  | { readonly kind: 'lives' }
  | { readonly kind: 'dies'; readonly atMs: number }
  | { readonly kind: 'freezes'; readonly atMs: number; readonly forMs: number };

/** All that happens in one run of the model; chance that is left comes from the seed. */
export interface Schedule {
  readonly seed: number;
  /** `late`: news comes late and twice, and comes. */
  readonly weather: 'calm' | 'late' | 'light' | 'rough';
  readonly events: number;
  /** How many come at once, and how long it is until the next. */
  readonly burst: number;
  readonly gapMs: number;
  readonly isFailing: boolean;
  /** Of the server that has the producer, and of another one, which may take over. */
  readonly fates: readonly [Fate, Fate, Fate];
  readonly continuation: 'none' | 'goes on' | 'declines';
  readonly stopAtMs: number | undefined;
  /** The engine comes back without its last writes. */
  readonly rollback: { readonly atMs: number; readonly writes: number } | undefined;
  readonly readers: readonly ReaderPlan[];
}

export const leaseMs = 600;
export const pollMs = 200;
const servers = 3;

const often = <T>(times: number, value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: times, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

/** When the log has been begun, as a rule. */
const atMs = fc.integer({ min: 40, max: 900 });

const freezes: fc.Arbitrary<Fate> = fc.record({
  kind: fc.constant('freezes' as const),
  atMs,
  // Beyond the lease, as a rule: then somebody else has its work when it comes back.
  forMs: fc.oneof(fc.integer({ min: 20, max: 400 }), fc.integer({ min: leaseMs, max: 3 * leaseMs })),
});

const dies: fc.Arbitrary<Fate> = fc.record({ kind: fc.constant('dies' as const), atMs });
const lives: Fate = { kind: 'lives' };

const cut: fc.Arbitrary<Cut> = fc.record({
  afterEvents: fc.integer({ min: 1, max: 20 }),
  afterMs: fc.integer({ min: 1, max: 1_000 }),
  awayMs: fc.integer({ min: 0, max: 1_500 }),
  server: fc.nat({ max: servers - 1 }),
  isInside: fc.boolean(),
});

const reader: fc.Arbitrary<ReaderPlan> = fc.record({
  startMs: fc.integer({ min: 0, max: 1_200 }),
  server: fc.nat({ max: servers - 1 }),
  pulls: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  cuts: fc.array(cut, { maxLength: 4 }),
});

const common = {
  seed: fc.nat(),
  events: fc.integer({ min: 0, max: 50 }),
  burst: fc.integer({ min: 1, max: 8 }),
  gapMs: fc.integer({ min: 0, max: 120 }),
  isFailing: often(4, false, fc.constant(true)),
  stopAtMs: often<number | undefined>(4, undefined, atMs),
  readers: fc.array(reader, { minLength: 1, maxLength: 4 }),
};

/** Nothing goes wrong, and no news is lost; it may be late. */
const calm: fc.Arbitrary<Schedule> = fc.record({
  ...common,
  weather: fc.constantFrom('calm' as const, 'late' as const),
  fates: fc.constant<Schedule['fates']>([lives, lives, lives]),
  continuation: fc.constant('none' as const),
  rollback: fc.constant(undefined),
});

/** The engine forgets a few events in the midst of an answer, no more than one renewal among them; the producer knows them all. */
const forgetful: fc.Arbitrary<Schedule> = fc.record({
  ...common,
  weather: fc.constant('calm' as const),
  events: fc.integer({ min: 40, max: 50 }),
  burst: fc.constant(1),
  gapMs: fc.integer({ min: 20, max: 40 }),
  stopAtMs: fc.constant(undefined),
  fates: fc.constant<Schedule['fates']>([lives, lives, lives]),
  continuation: fc.constant('none' as const),
  rollback: fc.record({ atMs: fc.integer({ min: 100, max: 700 }), writes: fc.integer({ min: 1, max: 5 }) }),
});

const stormy: fc.Arbitrary<Schedule> = fc.record({
  ...common,
  weather: fc.constantFrom('light' as const, 'rough' as const),
  fates: fc.tuple(
    fc.oneof(fc.constant(lives), dies, freezes),
    often(1, lives, freezes),
    // One is always there to notice.
    fc.constant(lives),
  ),
  continuation: fc.constantFrom('none' as const, 'goes on' as const, 'declines' as const),
  rollback: often<Schedule['rollback']>(
    3,
    undefined,
    fc.record({ atMs: fc.integer({ min: 50, max: 2_000 }), writes: fc.integer({ min: 1, max: 12 }) }),
  ),
});

/** A producer comes back in the middle of its answer, when another one has it, or has begun to write. */
const zombie: fc.Arbitrary<Schedule> = fc.record({
  ...common,
  weather: fc.constant('light' as const),
  events: fc.integer({ min: 20, max: 50 }),
  burst: fc.integer({ min: 1, max: 3 }),
  gapMs: fc.integer({ min: 30, max: 120 }),
  fates: fc.tuple(
    fc.record({
      kind: fc.constant('freezes' as const),
      atMs: fc.integer({ min: 50, max: 400 }),
      forMs: fc.integer({ min: leaseMs, max: 2 * leaseMs }),
    }),
    fc.constant(lives),
    fc.constant(lives),
  ),
  continuation: fc.constantFrom('none' as const, 'goes on' as const),
  stopAtMs: fc.constant(undefined),
  rollback: fc.constant(undefined),
});

export const schedule: fc.Arbitrary<Schedule> = fc.oneof(
  { weight: 3, arbitrary: calm },
  { weight: 1, arbitrary: forgetful },
  { weight: 5, arbitrary: stormy },
  { weight: 2, arbitrary: zombie },
);
