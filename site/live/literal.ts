const isName = (key: string): boolean => /^[a-z_$][\w$]*$/i.test(key);

/** A value as TypeScript that makes it: strings in single quotes, on one line. */
export const literal = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, field]) => `${isName(key) ? key : literal(key)}: ${literal(field)}`,
    );
    return `{ ${fields.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
};
