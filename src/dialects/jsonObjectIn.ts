/**
 * The object that the text of a tool call's arguments is; `undefined` where it is none, or nests too deep to be written
 * again. No text at all means `{}`.
 */
export const jsonObjectIn = (text: string): object | undefined => {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
};
