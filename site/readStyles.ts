import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All styles in one, as TypeDoc puts them on every page. */
export const readStyles = (): string =>
  ['theme', 'marbles', 'live']
    .map((name) => readFileSync(join(import.meta.dirname, 'styles', `${name}.css`), 'utf8'))
    .join('\n');
