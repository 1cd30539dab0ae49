/** A value as JSON; `undefined` where it has none, as cycles and functions. */
export const jsonText = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
};
