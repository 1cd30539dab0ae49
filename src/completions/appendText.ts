/** Below this power of two of UTF-16 code units (64 Ki) a text is left as it is. */
const leastStepBits = 16;

/** An eighth of the greatest power of two that is not above `chars`, as a power of two. */
const stepBits = (chars: number): number => Math.max(leastStepBits, 28 - Math.clz32(chars));

/**
 * `text` with a piece added. Engines keep such a sum as a tree of its pieces until somebody reads it: in V8 ten times the
 * memory of the text. Each time a text has grown by about an eighth it is therefore read once, which makes one string of
 * it; every character is so copied about twelve times in all, however long the answer (`npm run bench -- growth`).
 */
export const appendText = (text: string, piece: string): string => {
  // What comes first is one string already, however long.
  if (text === '') return piece;
  const longer = text + piece;
  const bits = stepBits(longer.length);
  // A call that compilers do not leave out although nobody wants its answer, and that looks at the last piece only.
  if (longer.length >>> bits !== text.length >>> bits) longer.endsWith(piece);
  return longer;
};
