import type { PromptMessage } from './Dialect.ts';

/** Whether content is a whole message by itself, and not a part of one: parts have a type. */
const isMessage = (content: object, field: string): boolean => {
  const { type = 'message' } = content as { readonly type?: unknown };
  return field in content && type === 'message';
};

/**
 * A message as most providers want it, with what is said in `field`; text stands there `asText`. A whole message may name a
 * role of its own.
 */
export const messageOf = (
  { role, content }: PromptMessage,
  field = 'content',
  asText: (text: string) => unknown = (text) => text,
): object => {
  if (typeof content === 'string') return { role, [field]: asText(content) };
  if (Array.isArray(content)) return { role, [field]: content };
  return isMessage(content, field) ? { role, ...content } : { role, [field]: [content] };
};
