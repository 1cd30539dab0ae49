import { InvalidOptionError } from '../../errors/InvalidOptionError.ts';
import type { PromptMessage } from '../Dialect.ts';

/** A message as Ollama wants it: its text in `content`, images beside it. */
export const ollamaMessage = ({ role, content }: PromptMessage): object => {
  if (typeof content === 'string') return { role, content };
  if (!Array.isArray(content) && 'content' in content) return { role, ...content };
  throw new InvalidOptionError('content', 'must be text or a message such as { content, images }, for Ollama');
};
