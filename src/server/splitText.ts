const isHighSurrogate = (code: number): boolean => (code & 0xfc00) === 0xd800;

/** A text in two: at most so many UTF-16 code units and the rest, never in the middle of a character. */
export const splitText = (text: string, maxChars: number): readonly [string, string] => {
  if (text.length <= maxChars) return [text, ''];
  const at = isHighSurrogate(text.charCodeAt(maxChars - 1)) ? maxChars - 1 : maxChars;
  return [text.slice(0, at), text.slice(at)];
};
