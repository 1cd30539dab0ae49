import fc from 'fast-check';

import { type Mutant, loadMutant, mutants, unchanged } from './mutants.ts';
import { type Implementation, runSchedule } from './model/runSchedule.ts';
import { schedule } from './model/Schedule.ts';

/** How many schedules it may take; more than twice what the hardest of them takes. */
const maxSchedules = 600;

/** The number of the first schedule that shows the mistake, and how. */
const killedBy = async (
  implementation: Implementation,
  seed: number,
): Promise<{ readonly schedules: number; readonly problems: readonly string[] } | undefined> => {
  let schedules = 0;
  for (const plan of fc.sample(schedule, { numRuns: maxSchedules, seed })) {
    schedules += 1;
    const problems = await runSchedule(implementation, plan).catch((error: unknown) => [String(error)]);
    if (problems.length > 0) return { schedules, problems };
  }
  return undefined;
};

describe('the model', () => {
  it('finds nothing in what is compiled without a mistake', async () => {
    const implementation = await loadMutant(unchanged);
    for (const plan of fc.sample(schedule, { numRuns: 50, seed: 1 })) {
      expect(await runSchedule(implementation, plan)).toEqual([]);
    }
  });

  it.each(mutants.map((mutant): [string, Mutant] => [mutant.name, mutant]))(
    'finds out where %s',
    async (name, mutant) => {
      const killed = await killedBy(await loadMutant(mutant), 1);
      // Seen with MUTANTS=1.
      if (process.env['MUTANTS']) console.log(name, killed?.schedules, killed?.problems[0]?.slice(0, 150));

      expect(killed).toBeDefined();
    },
  );
});
