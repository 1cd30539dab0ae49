/** What an answer still lacks: a request that asks for the rest holds the words that were said. */
export const restOf = (text: string, body: unknown): string => {
  const asked = JSON.stringify(body);
  const ends = [...text.matchAll(/\S(?=\s|$)/g)].map(({ index }) => index + 1);
  return text.slice(ends.findLast((end) => asked.includes(text.slice(0, end))) ?? 0);
};
