/** `value` if it is text with something in it: servers send `''` and `null` for what they have not. */
export const filledText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
