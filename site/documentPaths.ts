import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { root } from '../test/support/entryPoints.ts';

/** The pages that the tables of an index lead to, in its order. */
const listedIn = (index: string): string[] =>
  readFileSync(index, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((row) => [...row.matchAll(/\]\(([^)#:]+\.md)\)/g)])
    .map(([, address = '']) => join(dirname(index), address));

/** The pages of `docs/` as the README and the recipes list them; what is in no list comes last. */
export const documentPaths = (): string[] => [
  ...new Set([
    ...listedIn(join(root, 'README.md')),
    ...listedIn(join(root, 'docs', 'recipes', 'README.md')),
    ...globSync(join(root, 'docs', '**', '*.md')).toSorted(),
  ]),
];
