import { sizeOfImports } from '../../../bench/bundle/bundledSize.ts';
import { Progress } from '../../../bench/harness/Progress.ts';
import { bundle } from '../../../bench/scenarios/bundle.ts';
import { entryPoints } from '../../support/entryPoints.ts';

const progress = new Progress({ write: () => true });

describe('bundle', () => {
  it('tells the size of every pipeline, of other clients, and of every entry point', async () => {
    const rows = await bundle.run({ rounds: 1, warmUpRounds: 0, isSmoke: true, progress });
    const clients = new Set(rows.map(({ client }) => client));

    expect([...clients]).toEqual(
      expect.arrayContaining([
        'openai',
        'composed pipeline + rxllm/openai',
        ...entryPoints.map((one) => one.specifier),
      ]),
    );
    expect(rows.filter(({ value }) => !(value > 0))).toEqual([]);
    expect(bundle.format(rows)).toMatch(/^openai( +\d+\.\d){2}$/m);
  }, 60_000);

  it('counts no peer, and nothing that is not named', async () => {
    const one = await sizeOfImports(`export { textOf } from 'rxllm';`, 'source');
    const both = await sizeOfImports(`export { textOf } from 'rxllm'; export * from 'rxjs';`, 'source');

    expect(one.gzipBytes).toBeLessThan(500);
    expect(both.gzipBytes - one.gzipBytes).toBeLessThan(100);
  });
});
