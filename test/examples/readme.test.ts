import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { manifest, root } from '../support/entryPoints.ts';

const examples = join(root, 'examples');
const text = readFileSync(join(examples, 'README.md'), 'utf8');

describe('the list of examples', () => {
  it('has all of them', () => {
    const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());

    expect(folders.map(({ name }) => name).filter((name) => !text.includes(`](${name})`))).toEqual([]);
  });

  it('names nothing that is not there', () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => join(examples, path));
    const scripts = [...text.matchAll(/npm run (\S+?)[`\s]/g)].map(([, name = '']) => name);
    const files = [...text.matchAll(/\bnode (examples\/\S+?\.ts)/g)].map(([, path = '']) => join(root, path));

    expect([...links, ...files].filter((path) => !existsSync(path))).toEqual([]);
    expect(Object.keys((manifest as unknown as { readonly scripts: object }).scripts)).toEqual(
      expect.arrayContaining(scripts),
    );
    expect([links.length > 9, files.length > 5, scripts.length]).toEqual([true, true, 3]);
  });

  it('tells of every variable that the servers read', () => {
    const parts = readdirSync(examples, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(?:[\w-]+-server|server-parts)[/\\]\w+\.ts$/.test(path))
      .map((path) => readFileSync(join(examples, path), 'utf8'))
      .join('\n');
    const bracketed = [...parts.matchAll(/process\.env\['(\w+)'\]/g)].map(([, name = '']) => name);
    const unpacked = [...parts.matchAll(/const \{([^}]+)\} = process\.env/g)].flatMap(
      ([, names = '']) => names.match(/\b[A-Z][A-Z_]+\b/g) ?? [],
    );
    const names = new Set([...bracketed, ...unpacked]);

    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
