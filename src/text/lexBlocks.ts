/** A token of Markdown: what kind of block, and the text that it was made of. */
export interface MarkdownToken {
  readonly type: string;
  readonly raw: string;
}

/** Takes Markdown apart into blocks, as `marked.lexer` does. */
export type MarkdownLexer = (text: string) => readonly MarkdownToken[];

/** The tokens of a text; throws where the lexer gives something else. */
const tokensOf = (text: string, lexer: MarkdownLexer): readonly MarkdownToken[] => {
  const tokens: unknown = lexer(text);
  const isToken = (token: Partial<MarkdownToken> | null | undefined): boolean =>
    typeof token?.type === 'string' && typeof token.raw === 'string';
  if (Array.isArray(tokens) && tokens.every(isToken)) return tokens as readonly MarkdownToken[];
  throw new TypeError(
    'markdownBlocks: the lexer must give a list of tokens with a type and a raw, as marked.lexer does',
  );
};

/** Where places of a text whose line ends are one character each are in the text as it came; they must be in order. */
const placesIn = (text: string, places: readonly number[]): readonly number[] => {
  let breakAt = text.indexOf('\r\n');
  let breaks = 0;
  return places.map((place) => {
    while (breakAt >= 0 && breakAt < place + breaks) {
      breaks += 1;
      breakAt = text.indexOf('\r\n', breakAt + 2);
    }
    return place + breaks;
  });
};

/** White space that Markdown does not know is left over by marked behind a list, as if it were a paragraph. */
const isSpace = (type: string, raw: string): boolean => type === 'space' || raw.trim() === '';

const endsInBlankLine = (raw: string): boolean => {
  let at = raw.length;
  let lineEnds = 0;
  for (; at > 0 && ' \t\r\n'.includes(raw.charAt(at - 1)); at -= 1) if (raw[at - 1] === '\n') lineEnds += 1;
  return lineEnds > 1;
};

/**
 * The blocks of `text`, which joined are `text`. Blank lines go with the block before them. Text that the lexer leaves out
 * goes there, too; a token that is not found in the text stands for all the rest.
 */
export const lexBlocks = (text: string, lexer: MarkdownLexer): readonly MarkdownToken[] => {
  // Lexers count a CRLF as one, and give tokens of text without.
  const normal = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  const starts: { readonly type: string; readonly at: number }[] = [];
  let at = 0;
  for (const { type, raw } of tokensOf(normal, lexer)) {
    const found = normal.startsWith(raw, at) ? at : normal.indexOf(raw, at);
    if (found < 0) {
      // Such as marked's list whose last line ends in a tab.
      if (!isSpace(type, raw)) starts.push({ type, at: starts.length === 0 ? 0 : at });
      break;
    }
    if (!isSpace(type, raw)) starts.push({ type, at: starts.length === 0 ? 0 : found });
    at = found + raw.length;
  }
  if (starts.length === 0) return text === '' ? [] : [{ type: 'space', raw: text }];
  const places = placesIn(
    text,
    starts.map(({ at }) => at),
  );
  return starts.map(({ type }, index) => ({ type, raw: text.slice(places[index], places[index + 1]) }));
};

/**
 * How many of the blocks no later text can change. The last is open. What begins with a bracket may become a link reference
 * definition, whose name goes on to the next blank line and whose title may begin on the next line. A tag right behind a
 * paragraph is read in the light of it.
 */
export const settledCount = (blocks: readonly MarkdownToken[]): number => {
  let count = 0;
  let isNaming = false;
  for (const [index, { type, raw }] of blocks.slice(0, -1).entries()) {
    const next = blocks[index + 1]?.raw ?? '';
    const isApart = endsInBlankLine(raw);
    if (type === 'def' && !isApart && /^[ \t]*["'(]/.test(next)) return count;
    isNaming = !isApart && (isNaming || (type !== 'def' && /^\s*\[/.test(raw)));
    const belongsTogether = type === 'paragraph' && !isApart && /^ {0,3}</.test(next);
    if (!isNaming && !belongsTogether) count = index + 1;
  }
  return count;
};
