import { join } from 'node:path';

import type { TypeDocOptions } from 'typedoc';

import { entryPoints, root } from '../test/support/entryPoints.ts';
import { documentPaths } from './documentPaths.ts';
import { marbleFence, type MarkdownParser } from './marbles/marbleFence.ts';
import { plainFence } from './plainFence.ts';

/** Types that a signature names and nobody needs to: they are ours, or told in full where they are used. */
const unexported = [
  'AnswerRoute',
  'AppendOnlyList',
  'CallsShown',
  'ContextArgs',
  'IoRedisSubscriber',
  'JsonSchema',
  'NodeRedisSubscriber',
  'Pieces',
  'Source',
  'Target',
  'ThrownJson',
  'TokenOptions',
  'TypeOfCase',
];

/** What TypeDoc is told; all that it warns of is an error. */
export const typedocOptions = (out: string): Partial<TypeDocOptions> => ({
  name: 'rxllm',
  entryPoints: entryPoints.map(({ source }) => join(root, source)),
  tsconfig: join(root, 'tsconfig.build.json'),
  readme: join(root, 'README.md'),
  projectDocuments: [join(root, 'site', 'live.md'), ...documentPaths()],
  out,
  theme: 'site',
  favicon: join(root, 'site', 'favicon.svg'),
  // The build puts the other styles behind it.
  customCss: join(root, 'site', 'styles', 'theme.css'),
  markdownItLoader: (parser: unknown) => {
    marbleFence(parser as MarkdownParser);
    plainFence(parser as MarkdownParser);
  },
  // There is no one place where the sources are to be read.
  disableSources: true,
  // `npm run types` checks them.
  skipErrorChecking: true,
  searchInComments: true,
  searchInDocuments: true,
  navigation: { includeCategories: true, includeGroups: true, includeFolders: false },
  // Options and other types have no category of their own.
  defaultCategory: 'types',
  groupOrder: ['Try it', 'Guides', 'Recipes', 'Design', 'Modules', '*'],
  sortEntryPoints: false,
  sort: ['source-order'],
  highlightLanguages: ['bash', 'css', 'html', 'http', 'javascript', 'json', 'nginx', 'typescript', 'tsx', 'yaml'],
  ignoredHighlightLanguages: ['marble'],
  githubPages: false,
  hideGenerator: true,
  excludeExternals: true,
  includeHierarchySummary: false,
  intentionallyNotExported: unexported,
  // Of links within pages `checkLinks` knows more.
  validation: { notExported: true, invalidLink: true, invalidPath: false, rewrittenLink: true },
  treatWarningsAsErrors: true,
});
