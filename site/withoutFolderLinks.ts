import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { CommentDisplayPart } from 'typedoc';

import { root } from '../test/support/entryPoints.ts';

const isFolder = (address: string): boolean => {
  const path = join(root, address.replace(/^(?:\.\.\/)+/, ''));
  return existsSync(path) && statSync(path).isDirectory();
};

/** Of `[words](folder)`, the words: the site has no folders; who reads a page in the repository can follow the link. */
export const withoutFolderLinks = (content: readonly CommentDisplayPart[]): CommentDisplayPart[] => {
  const kept = content.map((part) => ({ ...part }));
  return kept.filter((part, at) => {
    const [before, after] = [kept[at - 1], kept[at + 1]];
    if (part.kind !== 'relative-link' || !isFolder(part.text) || !before || !after) return true;
    before.text = before.text.replace(/\[([^[\]]*)\]\($/, '$1');
    after.text = after.text.replace(/^\)/, '');
    return false;
  });
};
