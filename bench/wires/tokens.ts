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

/** Chinese and Japanese as tokenizers cut them: one or two characters a token. */
const cjk =
  '的|是|在|了|我们|可以|一个|数据|模型|答案|服务器|请求|因为|如果|然后|需要|使用|时间|问题|方法|日本|です|ます|した|から|これ|その|という|，|。|、|：'.split(
    '|',
  );

/** So many pieces of text, the same for the same numbers. */
export type Tokens = (count: number, random: () => number) => readonly string[];

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
export const tokens: Tokens = (count, random) =>
  Array.from({ length: count }, () => {
    const luck = random();
    const pool = luck < foreignShare ? foreign : luck < foreignShare + escapeShare ? escapes : words;
    return pool[Math.floor(random() * pool.length)] as string;
  });

/** The same in scripts of which no character is ASCII. */
export const cjkTokens: Tokens = (count, random) =>
  Array.from({ length: count }, () => cjk[Math.floor(random() * cjk.length)] as string);

/** All of a long answer in one piece: 8 MB for ten thousand tokens. */
export const oneHugeToken: Tokens = (count, random) => {
  const text = tokens(250 * count, random).join('');
  return [text.repeat(4).slice(0, 800 * count)];
};
