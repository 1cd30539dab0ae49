import fc from 'fast-check';

import { createLog } from '../../src/log/createLog.ts';
import { memoryDriver } from '../../src/log/memoryDriver.ts';
import { runSchedule } from './model/runSchedule.ts';
import { schedule } from './model/Schedule.ts';

/** More of them: `MODEL_RUNS=10000`. A failure names its seed. */
const { MODEL_RUNS: numRuns = '300' } = process.env;

describe('a log, whatever happens to it', () => {
  it('reaches every reader exactly once and in order, and ends once', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (plan) => {
        expect(await runSchedule({ createLog, memoryDriver }, plan)).toEqual([]);
      }),
      // Making a failure smaller is worth so long; what was found by then is told.
      { numRuns: Number(numRuns), interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  }, 250_000);
});
