import { rotated } from '../harness/interleave.ts';
import { median, spread } from '../harness/median.ts';
import { ratiosToBaseline } from '../harness/ratiosToBaseline.ts';
import type { Row, Scenario } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';
import { builtPackage } from '../start/builtPackage.ts';
import { importMs } from '../start/importMs.ts';

/** What a program imports, by package. */
const clients: readonly (readonly [name: string, specifiers: readonly string[]])[] = [
  ['openai', ['openai']],
  ['@anthropic-ai/sdk', ['@anthropic-ai/sdk']],
  ['ai + @ai-sdk/openai', ['ai', '@ai-sdk/openai']],
  ['rxllm + rxllm/openai', ['rxllm', 'rxllm/openai']],
  ['rxllm/openai', ['rxllm/openai']],
  ['rxjs', ['rxjs']],
];
const baseline = 'openai';

export const start: Scenario = {
  name: 'start',
  description: 'import in a fresh Node process: time until a program can begin',
  packages: ['rxjs', 'openai', '@anthropic-ai/sdk', 'ai', '@ai-sdk/openai'],
  async run({ rounds, warmUpRounds, progress }) {
    const built = await builtPackage();
    const times = new Map<string, number[]>(clients.map(([name]) => [name, []]));
    try {
      // Warmed up is what the system keeps of the files.
      for (let round = -Math.min(1, warmUpRounds); round < rounds; round += 1) {
        progress.update(`start: round ${round + 1}`);
        for (const [name, specifiers] of rotated(clients, Math.max(0, round))) {
          const ms = await importMs(specifiers, built.folder);
          if (round >= 0) times.get(name)?.push(ms);
        }
      }
    } finally {
      built.remove();
    }
    progress.note('start: done');
    const ratios = ratiosToBaseline(times, baseline);
    return [...times].flatMap(([client, values]): readonly Row[] => [
      { case: 'import', client, metric: 'importMs', value: median(values) },
      { case: 'import', client, metric: 'spread', value: spread(values) },
      { case: 'import', client, metric: 'ratioToOpenAi', value: ratios.get(client) ?? NaN },
    ]);
  },
  format(rows) {
    const find = (client: string, metric: string): number =>
      rows.find((row) => row.client === client && row.metric === metric)?.value ?? NaN;
    const lines = [...new Set(rows.map(({ client }) => client))].map((client) => [
      client,
      find(client, 'importMs').toFixed(1),
      `± ${(find(client, 'spread') * 100).toFixed(0)} %`,
      `${find(client, 'ratioToOpenAi').toFixed(2)}x`,
    ]);
    return table([['import', 'ms', 'spread', 'x openai'], ...lines]);
  },
};
