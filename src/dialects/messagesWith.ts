import type { PromptMessage } from './Dialect.ts';

const isOfSystem = (message: object): boolean =>
  ['system', 'developer'].includes(String((message as { readonly role?: unknown }).role));

/**
 * `messages` with one more: behind them all, or, where the system says it, behind what the system said before. For
 * `Dialect.withMessage`, whose body may have no messages yet.
 *
 * - **Shape:** messages with a `role`, `system` or `developer` for the system's, to a new list
 * - **Errors:** none
 *
 * @example What the system says stands first
 * ```ts
 * import { messagesWith } from 'rxllm/dialect';
 *
 * const hi = { role: 'user', content: 'Hi' };
 * const brief = { role: 'system', content: 'Be brief.' };
 *
 * messagesWith([hi], brief, 'system'); // => [brief, hi]
 * messagesWith(undefined, hi, 'user'); // => [hi]
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const messagesWith = (
  messages: readonly object[] | undefined,
  message: object,
  role: PromptMessage['role'],
): readonly object[] => {
  const before = messages ?? [];
  if (role === 'user') return [...before, message];
  const firstOther = before.findIndex((one) => !isOfSystem(one));
  const place = firstOther < 0 ? before.length : firstOther;
  return [...before.slice(0, place), message, ...before.slice(place)];
};
