import { existsSync } from 'node:fs';

import { Progress } from '../../../bench/harness/Progress.ts';
import { start } from '../../../bench/scenarios/start.ts';
import { builtPackage } from '../../../bench/start/builtPackage.ts';
import { importMs } from '../../../bench/start/importMs.ts';

const progress = new Progress({ write: () => true });

describe('start', () => {
  it('tells the time, its spread and the ratio of every client', async () => {
    const rows = await start.run({ rounds: 1, warmUpRounds: 0, isSmoke: true, progress });

    expect(rows).toContainEqual({ case: 'import', client: 'openai', metric: 'ratioToOpenAi', value: 1 });
    expect(rows.filter(({ metric, value }) => metric === 'importMs' && value > 0)).toHaveLength(6);
    expect(start.format(rows)).toMatch(/^rxllm \+ rxllm\/openai +\d+\.\d +± 0 % +\d+\.\d\dx$/m);
  }, 60_000);

  it('imports the library by its own name from a folder that goes away', async () => {
    const { folder, remove } = await builtPackage();

    await expect(importMs(['rxllm'], folder)).resolves.toBeGreaterThan(0);
    await expect(importMs(['rxllm/no-such-entry'], folder)).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
    remove();
    expect(existsSync(folder)).toBe(false);
  }, 60_000);
});
