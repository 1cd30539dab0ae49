import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { entryPoints, root } from '../support/entryPoints.ts';

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

const workflows = readdirSync(join(root, '.github', 'workflows')).map((name) => ({
  name,
  text: read('.github', 'workflows', name),
}));

/** The scripts that a text tells to run, by their names. */
const told = (text: string): string[] => [
  ...[...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
  ...(text.includes('npm test') ? ['test'] : []),
];

describe('the commands of', () => {
  const texts = [
    ...workflows,
    ...['CONTRIBUTING.md', '.changeset/README.md', '.github/pull_request_template.md', 'docs/versioning.md'].map(
      (name) => ({ name, text: read(name) }),
    ),
  ];

  it.each(texts.filter(({ text }) => told(text).length > 0))('$name are scripts of package.json', ({ text }) => {
    expect(told(text).filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('a script are scripts of package.json, too, and files that are there', () => {
    const all = Object.values(scripts).join('\n');
    const files = [...all.matchAll(/(?:test|bench|examples)\/[\w./-]+\.ts/g)].map(([file]) => file);

    expect(told(all).filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe.each(workflows)('$name', ({ text }) => {
  const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = '']) => action);

  it('pins each action to a commit, and says which version that is', () => {
    expect(uses.filter((action) => !/^[\w-]+(\/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
    expect(uses.length).toBeGreaterThan(0);
  });

  it('may do nothing unless a job says so', () => {
    const jobs = [...text.matchAll(/^ {4}runs-on:/gm)].length;

    expect(text).toMatch(/^permissions: \{\}$/m);
    expect([...text.matchAll(/^ {4}permissions:$/gm)]).toHaveLength(jobs);
    expect([...text.matchAll(/^ {4}timeout-minutes: \d+$/gm)]).toHaveLength(jobs);
  });

  it('keeps no credentials where the code that it checks out can find them', () => {
    const checkouts = uses.filter((action) => action.startsWith('actions/checkout@'));

    expect([...text.matchAll(/persist-credentials: false/g)]).toHaveLength(checkouts.length);
    expect(text).not.toMatch(/secrets\./);
  });
});

describe('the workflows', () => {
  it('pin the same action to the same commit', () => {
    const pins = workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([\w-]+\/[\w-]+)\S*@(\w+)/g)]);
    const commits = new Map<string, Set<string>>();
    for (const [, action = '', commit = ''] of pins) {
      commits.set(action, new Set([...(commits.get(action) ?? []), commit]));
    }

    expect([...commits].filter(([, set]) => set.size > 1)).toEqual([]);
  });
});

describe('CHANGELOG.md', () => {
  const changelog = read('CHANGELOG.md');
  const changesets = readdirSync(join(root, '.changeset'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => read('.changeset', file));

  it('begins as `changeset version` needs it: whatever stands above the first version would end up below it', () => {
    expect(changelog).toMatch(/^# Changelog\n\n## \d+\.\d+\.\d+\n/);
  });

  it.each(entryPoints)('and the changesets name each function and class of $specifier', ({ label }) => {
    const names = [...read('etc', `${label}.api.md`).matchAll(/^export (?:declare )?(?:function|class) (\w+)/gm)];
    const said = new Set([changelog, ...changesets].join('\n').match(/\w+/g));

    expect(names.map(([, name = '']) => name).filter((name) => !said.has(name))).toEqual([]);
  });
});
