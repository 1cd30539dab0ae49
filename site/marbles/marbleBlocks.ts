/** The ```` ```marble ```` blocks of a text: Markdown, or docblocks. */
export const marbleBlocks = (text: string): readonly string[] =>
  [...text.matchAll(/^([ \t]*(?:\* )?)```marble\n([\s\S]*?)^\1```/gm)].map(([, indent = '', block = '']) =>
    block
      .split('\n')
      .map((row) => row.slice(indent.length))
      .join('\n'),
  );
