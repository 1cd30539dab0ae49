/**
 * Whether a text may name an answer: it stands in addresses and headers, so it holds nothing that either of them would have to
 * escape, and is no step in a path.
 */
export const isAnswerId = (text: string): boolean => /^\w[\w.~:-]{0,127}$/.test(text);
