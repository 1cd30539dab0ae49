import { entryPoints } from '../../test/support/entryPoints.ts';
import { sizeOfImports } from '../bundle/bundledSize.ts';
import { otherClients, type Pipeline, pipelines } from '../bundle/pipelines.ts';
import type { Row, Scenario } from '../harness/Scenario.ts';
import { table } from '../harness/table.ts';

/** The parts of the library that run in a browser, each by itself, all of it kept. */
const entries: readonly Pipeline[] = entryPoints.map(({ specifier }) => ({
  name: specifier,
  code: `export * from '${specifier}';`,
}));

const rxjs: Pipeline = {
  name: 'rxjs, twelve usual imports',
  code: `export { catchError, concatMap, defer, filter, from, map, Observable, of, scan, share, switchMap, takeUntil } from 'rxjs';`,
};

const groups: readonly (readonly [name: string, members: readonly Pipeline[]])[] = [
  ['pipelines', [...pipelines, ...otherClients, rxjs]],
  ['entry points', entries],
];

export const bundle: Scenario = {
  name: 'bundle',
  description: 'what a program that streams grows by in a browser: bundled by esbuild, minified, gzip, rxjs apart',
  packages: ['esbuild', 'rxjs', 'openai', '@anthropic-ai/sdk', 'ai', '@ai-sdk/openai'],
  async run({ progress }) {
    const rows: Row[] = [];
    for (const [group, members] of groups) {
      for (const { name, code } of members) {
        progress.update(`bundle: ${name}`);
        const { minifiedBytes, gzipBytes } = await sizeOfImports(
          code,
          'source',
          code === rxjs.code ? 'with peers' : 'without peers',
        );
        rows.push({ case: group, client: name, metric: 'gzipBytes', value: gzipBytes });
        rows.push({ case: group, client: name, metric: 'minifiedBytes', value: minifiedBytes });
      }
      progress.note(`bundle ${group}: done`);
    }
    return rows;
  },
  format(rows) {
    const kB = (group: string, client: string, metric: string): string => {
      const found = rows.find((row) => row.case === group && row.client === client && row.metric === metric);
      return ((found?.value ?? NaN) / 1_000).toFixed(1);
    };
    return [...new Set(rows.map((row) => row.case))]
      .map((group) => {
        const names = new Set(rows.filter((row) => row.case === group).map(({ client }) => client));
        const lines = [...names].map((name) => [name, kB(group, name, 'gzipBytes'), kB(group, name, 'minifiedBytes')]);
        return table([[group, 'kB, gzip', 'kB, minified'], ...lines]);
      })
      .join('\n\n');
  },
};
