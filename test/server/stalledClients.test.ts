import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { root } from '../support/entryPoints.ts';
import type { StalledClients } from '../support/stalledClients.ts';

const measured = async (...args: readonly number[]): Promise<StalledClients> => {
  const script = join(root, 'test/support/stalledClients.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args.map(String)]);
  return JSON.parse(stdout) as StalledClients;
};

// A thousand of them take 20 seconds: `node test/support/stalledClients.ts`.
describe('clients that read nothing', () => {
  it('cost little of an answer of small frames', async () => {
    const { rssMb, heapMb, isWhole } = await measured(200, 1_000);

    expect(isWhole).toBe(true);
    expect(rssMb).toBeLessThan(350);
    expect(heapMb).toBeLessThan(100);
  }, 60_000);

  it('cost what is written at once of an answer that is larger than the buffers of the system', async () => {
    const { rssMb, pendingMb, bytesPerClient, isWhole } = await measured(50, 500, 20_000);

    expect(isWhole).toBe(true);
    // Of 10 MB each.
    expect(bytesPerClient).toBeLessThan(8_000_000);
    expect(pendingMb).toBeLessThan(10);
    expect(rssMb).toBeLessThan(350);
  }, 60_000);
});
