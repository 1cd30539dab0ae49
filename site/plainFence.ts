import type { MarkdownParser } from './marbles/marbleFence.ts';

/** Lets a parser take a block that names no language for plain text, where TypeDoc would colour it as TypeScript. */
export const plainFence = ({ renderer: { rules } }: MarkdownParser): void => {
  const { fence } = rules;
  rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() === '') token.info = 'text';
    return fence?.(tokens, index, ...rest) ?? '';
  };
};
