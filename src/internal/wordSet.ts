/** The words between the spaces of a text. Bundlers leave out a set that nothing uses when the call is marked as pure. */
export const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(' '));
