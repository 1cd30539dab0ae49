const words = (
  ' the| of| and| to| a| in| is| that| it| for| with| as| on| be| are| this| by| an| from| or| which| can| not| at| when' +
  '| value| stream| each| server| first| request| model| because| before| between| example| answer| function| result' +
  '| different| information| performance| implementation| The| It| If| For|ing|ed|s|ly|er|tion|ment|able|,|,|,|.|.|.|:' +
  '| -| (|)| `|`| =| {| }|1|2|0| 3'
).split('|');

/** Rarer, and each costs a decoder more: what JSON escapes, and what is not ASCII. */
const escapes = ['\n\n', '\n', ' "', '"', '."\n', '\n```', '\t', '\\'];
const escapeShare = 0.03;
const foreign = ['’s', ' —', ' é', 'ü', ' →', ' 好', ' 🙂'];
const foreignShare = 0.008;

/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Pieces of text as a model writes them: prose with some code, in tokens. */
export const tokens = (count: number, random: () => number): readonly string[] =>
  Array.from({ length: count }, () => {
    const luck = random();
    const pool = luck < foreignShare ? foreign : luck < foreignShare + escapeShare ? escapes : words;
    return pool[Math.floor(random() * pool.length)] as string;
  });
