import type { PromptMessage } from './Dialect.ts';

/** Whether content is a whole message by itself, and not a part of one: parts have a type. */
const isMessage = (content: object, field: string): boolean => {
  const { type = 'message' } = content as { readonly type?: unknown };
  return field in content && type === 'message';
};

/**
 * A message as most providers want it, with what is said in `field`; text stands there `asText`. For `Dialect.withMessage`.
 *
 * - **Shape:** text, one part of a message, a list of them, or a whole message, to a message. A whole one, which is told by its
 *   having `field`, may name a role of its own
 * - **Errors:** none
 *
 * @example Text, and a whole message
 * ```ts
 * import { messageOf } from 'rxllm/dialect';
 *
 * messageOf({ role: 'user', content: 'Hi' }); // => { role: 'user', content: 'Hi' }
 * messageOf({ role: 'user', content: { content: 'What is this?', picture: 'AAAA' } });
 * // => { role: 'user', content: 'What is this?', picture: 'AAAA' }
 * ```
 *
 * @category dialects
 * @since 0.1.0
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
