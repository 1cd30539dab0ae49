import { basename } from 'node:path';

import {
  type Application,
  type CommentDisplayPart,
  type Context,
  Converter,
  type DocumentReflection,
  ReflectionKind,
} from 'typedoc';

import { manifest } from '../test/support/entryPoints.ts';
import { withoutFolderLinks } from './withoutFolderLinks.ts';

/** `docs/guides/x.md` is one of the guides; what lies in `docs` itself is about all of it. */
const groupOf = (path: string): string => {
  const folder = basename(path.slice(0, path.lastIndexOf('/')));
  return folder === '' || folder === 'docs' ? 'Design' : folder.slice(0, 1).toUpperCase() + folder.slice(1);
};

/** TypeDoc writes the name of the project above the README. */
const withoutTitle = (part: CommentDisplayPart, at: number): CommentDisplayPart =>
  at === 0 ? { ...part, text: part.text.replace(/^# .*\n/, '') } : part;

const nameDocument = (document: DocumentReflection): void => {
  const title = /^\s*# (.+)/.exec(document.content.map(({ text }) => text).join(''))?.[1];
  document.frontmatter['group'] ??= groupOf(document.name);
  document.name = title?.replaceAll('`', '') ?? document.name;
};

/** Names documents after their headings, groups them by their folders, and names modules as they are imported. */
export const nameReflections = ({ converter }: Application): void => {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context: Context | undefined, document: DocumentReflection) => {
    nameDocument(document);
    document.content = withoutFolderLinks(document.content);
  });
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    if (project.readme) project.readme = withoutFolderLinks(project.readme.map(withoutTitle));
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = specifierOf(module.name) ?? module.name;
    }
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter)) {
      // A parameter that is taken apart at once has no name; all of ours are options.
      if (parameter.name === '__namedParameters') parameter.name = 'options';
    }
  });
};

/** `dialects/gemini/index` or, since folders stand for their index, `dialects/gemini`: `rxllm/gemini`. */
const specifierOf = (name: string): string | undefined => {
  const source = `./dist/${name === 'index' ? '' : `${name}/`}index.js`;
  const [subpath] =
    Object.entries(manifest.exports).find(([, target]) => typeof target !== 'string' && target.default === source) ??
    [];
  return subpath === undefined ? undefined : manifest.name + subpath.slice(1);
};
