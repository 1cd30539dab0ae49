import type { PromptMessage } from './Dialect.ts';

const isOfSystem = (message: object): boolean =>
  ['system', 'developer'].includes(String((message as { readonly role?: unknown }).role));

/** `messages` with one more: behind them all, or, where the system says it, behind what the system said before. */
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
