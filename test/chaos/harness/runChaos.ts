import { Fleet } from './Fleet.ts';
import { judge, type Violation } from './judge.ts';
import { type PlayOptions, playRound } from './playRound.ts';
import { type FaultPlan, planRound } from './RoundPlan.ts';
import type { Sabotage } from './ServerConfig.ts';
import { Tally } from './Tally.ts';

export interface ChaosOptions extends PlayOptions {
  readonly rounds: number;
  readonly seed: string;
  /** The number of the first round; a round is the same whatever came before it. @defaultValue 0 */
  readonly from?: number | undefined;
  /** What happens in every round, instead of what chance says. */
  readonly faults?: readonly FaultPlan[] | undefined;
  /** Breaks the servers. */
  readonly sabotage?: Sabotage | undefined;
  readonly onRound?: ((round: number, violations: readonly Violation[]) => void) | undefined;
}

/** Starts everything, plays rounds, ends everything; gives what came of them. */
export const runChaos = async (options: ChaosOptions): Promise<Tally> => {
  const { rounds, seed, from = 0, faults, sabotage, onRound } = options;
  const tally = new Tally();
  const fleet = await Fleet.launch(seed, sabotage);
  try {
    for (let round = from; round < from + rounds; round += 1) {
      const facts = await playRound(fleet, planRound(`${seed}/${round}`, `r${round}`, faults), options);
      const violations = judge(facts);
      tally.add(facts, violations);
      onRound?.(round, violations);
    }
  } finally {
    await fleet.close();
  }
  return tally;
};
