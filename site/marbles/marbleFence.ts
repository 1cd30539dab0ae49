import { marbleFigure } from './marbleFigure.ts';

/** What is used here of a token of markdown-it. */
interface Token {
  /** The language that a block names. */
  info: string;
  readonly content: string;
}

type Rule = (tokens: readonly Token[], index: number, ...rest: readonly unknown[]) => string;

/** What is used here of markdown-it, which TypeDoc brings along without its types. */
export interface MarkdownParser {
  readonly renderer: { readonly rules: { fence?: Rule } };
}

/** Lets a parser draw ```` ```marble ```` blocks; all others stay what they are. */
export const marbleFence = ({ renderer: { rules } }: MarkdownParser): void => {
  const { fence } = rules;
  rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() === 'marble') return marbleFigure(token.content);
    return fence?.(tokens, index, ...rest) ?? '';
  };
};
