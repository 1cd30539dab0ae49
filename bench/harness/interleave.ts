/** One side of a comparison. */
export interface Contestant<Result> {
  readonly name: string;
  /** Does the work that is timed, from the call until its result is there. */
  run(): Result | Promise<Result>;
}

export interface InterleaveOptions<Result> {
  readonly rounds: number;
  readonly warmUpRounds: number;
  /** Throws unless the result is right; called after every run, outside the time. */
  readonly check: (result: Result, client: string) => void;
  /** Called before every round, the first with 0; counts warm-up rounds, too. */
  readonly onRound?: (finishedRounds: number) => void;
  /** @defaultValue `performance.now` */
  readonly nowMs?: () => number;
  /** Called before every run. @defaultValue a collection of the young generation, where Node exposes it */
  readonly collectGarbage?: () => void;
}

/**
 * Keeps one contestant from paying for another's garbage. Not a full collection: with no stream under way
 * it finds nobody using the shapes of objects that a client makes, and throws its optimized code away with
 * them, so that every run would begin cold.
 */
const collectYoung = (): void => globalThis.gc?.({ type: 'minor' });

/** Who runs first changes from round to round, so that nobody always follows the same neighbour's garbage and heat. */
export const rotated = <T>(items: readonly T[], round: number): readonly T[] => {
  const first = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
};

/**
 * Runs every contestant once per round and gives their times in milliseconds, by name. What slows the
 * machine down for a while slows all of them, so their ratios stand where their times do not.
 */
export const interleave = async <Result>(
  contestants: readonly Contestant<Result>[],
  options: InterleaveOptions<Result>,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const { rounds, warmUpRounds, check, onRound, nowMs = () => performance.now() } = options;
  const { collectGarbage = collectYoung } = options;
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    onRound?.(round);
    for (const contestant of rotated(contestants, round)) {
      collectGarbage();
      const startMs = nowMs();
      const result = await contestant.run();
      const tookMs = nowMs() - startMs;
      check(result, contestant.name);
      if (round >= warmUpRounds) times.get(contestant.name)?.push(tookMs);
    }
  }
  return times;
};
