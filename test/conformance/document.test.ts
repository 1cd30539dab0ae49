import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { catalogue, dialects } from '../../conformance/catalogue/index.ts';
import { clients } from '../../conformance/clients/index.ts';
import { cellsOf } from '../../conformance/report/Cell.ts';
import { ownRemarks } from '../../conformance/report/remarks.ts';
import { legend } from '../../conformance/report/words.ts';
import { root } from '../support/entryPoints.ts';

const text = readFileSync(join(root, 'docs', 'conformance.md'), 'utf8');

const cellsIn = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The tables of a dialect: their headings, and their lines. */
const tablesOf = (dialect: string) => {
  const [, section = ''] = text.split(`\n### ${dialect}\n`);
  const [own = ''] = section.split(/\n##?#? /);
  const lines = own.split('\n').filter((line) => line.startsWith('|') && !/^\|\s*-/.test(line));
  const isHead = (line: string): boolean => cellsIn(line)[0] === 'case';
  return {
    heads: lines.filter(isHead).map((line) => cellsIn(line).slice(1)),
    rows: lines.filter((line) => !isHead(line)).map(cellsIn),
  };
};

/** Another run of \`npm run conformance\` mends what fails here. */
describe('docs/conformance.md', () => {
  it.each(dialects.map(({ name }) => name))('has every case and every client of %s', (dialect) => {
    const { heads, rows } = tablesOf(dialect);
    const columns = clients.filter((client) => client.dialect === dialect).map(({ title }) => title);
    const cases = new Set(
      cellsOf()
        .filter(({ client }) => client.dialect === dialect)
        .map(({ conformanceCase }) => conformanceCase.id),
    );

    expect(heads.length).toBeGreaterThan(3);
    for (const head of heads) expect(head).toEqual(columns);
    expect(rows.map(([id]) => id)).toEqual([...cases].map((id) => `\`${id}\``));
  });

  it('has a word of the legend in every cell', () => {
    const words = dialects.flatMap(({ name }) => tablesOf(name).rows.flatMap((row) => row.slice(1)));
    const known = new Set(Object.keys(legend));

    expect(words.filter((word) => !known.has(word.replace(/^\*\*(.*)\*\*( \d+\/\d+)?$/, '$1')))).toEqual([]);
    expect(words.length).toBe(cellsOf().length);
  });

  it('says of every case what happens, and of every client how it was used', () => {
    for (const { title, intro, cases } of catalogue) {
      expect(text).toContain(`### ${title}\n\n${intro}`);
      for (const { id, title: what } of cases) expect(text).toContain(`- \`${id}\`: ${what}\n`);
    }
    for (const { how } of clients) expect(text).toContain(how);
  });

  it('owns up to what rxllm does not do well', () => {
    for (const remark of ownRemarks) expect(text).toContain(remark.text);
  });
});
