const blocksOf = (said: unknown): readonly unknown[] => {
  if (Array.isArray(said)) return said;
  return said === '' ? [] : [{ type: 'text', text: said }];
};

/** What stands in `system`, with something behind it: text stays text as long as nothing else comes to it. */
export const systemWith = (before: unknown, said: unknown): unknown => {
  if (before === undefined || before === null || before === '') return said;
  if (typeof before === 'string' && typeof said === 'string') return said === '' ? before : `${before}\n\n${said}`;
  return [...blocksOf(before), ...blocksOf(said)];
};
