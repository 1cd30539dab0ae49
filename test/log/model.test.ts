import fc from 'fast-check';

import { createLog } from '../../src/log/createLog.ts';
import { memoryDriver } from '../../src/log/memoryDriver.ts';
import { runSchedule } from './model/runSchedule.ts';
import { schedule } from './model/Schedule.ts';

describe('a log, whatever happens to it', () => {
  it('reaches every reader exactly once and in order, and ends once', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, async (plan) => {
        expect(await runSchedule({ createLog, memoryDriver }, plan)).toEqual([]);
      }),
      {
        endOnFailure: process.env['MODEL_QUICK'] === '1',
        numRuns: Number(process.env['MODEL_RUNS'] ?? 300),
        ...(process.env['MODEL_SEED'] && { seed: Number(process.env['MODEL_SEED']) }),
      },
    );
  }, 60_000);
});
