import { parseArgs } from 'node:util';

import { bundlers } from './bundlers.ts';
import { compilers } from './compilers.ts';
import type { Consumer } from './Consumer.ts';
import { runtimes } from './runtimes.ts';

export interface Command {
  readonly consumers: readonly Consumer[];
  /** Whether they are only to be told. */
  readonly list: boolean;
  /** Whether the folders stay where they were made. */
  readonly keep: boolean;
  /** Whether what `npm run build` has made is packed; else it is built anew. */
  readonly built: boolean;
  /** A packed library to check in place of the one in src. */
  readonly tarball: string | undefined;
}

const all: readonly Consumer[] = [...runtimes, ...compilers, ...bundlers];

const usage = `npm run check:consumers -- [--only runtimes,vite] [--ci] [--keep] [--tarball FILE] [--list]`;

/** Reads the command line. CI has time for what is at hand without a download, and packs what it has just built. */
export const readCommand = (args: readonly string[]): Command => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      ci: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      tarball: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const words = values.only.toLowerCase().split(',');
  const isMeant = ({ kind, label }: Consumer): boolean =>
    words.some((word) => [kind, label].some((name) => name.toLowerCase().startsWith(word)));
  const consumers = all.filter((consumer) => (!values.ci || consumer.isInCi) && isMeant(consumer));
  if (consumers.length === 0) throw new Error(`there is no ${values.only}\n${usage}`);
  return { consumers, list: values.list, keep: values.keep, built: values.ci, tarball: values.tarball };
};
