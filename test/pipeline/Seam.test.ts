import fc from 'fast-check';

import { Seam } from '../../src/pipeline/Seam.ts';
import { cut } from '../support/frames.ts';
import { workedMs } from '../support/workedMs.ts';

/** All that is shown of a continuation in pieces. */
const shown = (said: string, pieces: readonly string[], way: 'prefill' | 'ask' = 'ask'): string => {
  const seam = new Seam(said, way);
  return pieces.map((piece) => seam.push(piece)).join('') + seam.rest();
};

const hamlet = 'To be, or not to be, that is the question: ';
const long = Array.from({ length: 200 }, (_, at) => `word${at} `).join('');

type Row = readonly [what: string, said: string, continuation: string, shown: string];

const asked: readonly Row[] = [
  ['goes on where it stopped', hamlet, 'Whether ’tis nobler', 'Whether ’tis nobler'],
  ['repeats the last words', hamlet, 'that is the question: Whether', 'Whether'],
  ['repeats the last words without the space before', hamlet, 'the question: Whether', 'Whether'],
  ['repeats all of it', hamlet, `${hamlet}Whether`, 'Whether'],
  ['repeats all of it, and stops', hamlet, hamlet, ''],
  ['repeats the last words, and stops', hamlet, 'the question: ', ''],
  ['repeats all of a long answer', long, `${long}the end`, 'the end'],
  ['repeats the last 390 characters', long, `${long.slice(-390)}the end`, 'the end'],
  ['begins a long answer again, in other words', long, 'word0 word1 but no', 'word0 word1 but no'],
  ['begins a long answer again, and stops', long, 'word0 word1 ', 'word0 word1 '],
  ['repeats words from the middle', hamlet, 'or not to be, he said', 'or not to be, he said'],
  ['repeats little, which may be chance', 'a cat and a dog', 'a dog', 'a dog'],
  ['repeats all of a short answer', 'To ', 'To be', 'be'],
  ['repeats a single character that is all', '1', '1. First', '. First'],
  ['says nothing', hamlet, '', ''],
  ['goes on after nothing', '', hamlet, hamlet],
  ['goes on with a rule', 'Title\n----------', '----------\nText', '----------\nText'],
  ['goes on with an indentation', 'if (a) {\n        ', '        return;', '        return;'],
  ['goes on with a row of a table', 'a | b\n| --- | --- |', ' --- | --- |\n', ' --- | --- |\n'],
  ['goes on with a laugh', 'Then he laughed: hahahahaha', 'hahahahaha!', 'hahahahaha!'],
  ['goes on with digits', '1/3 is 0.3333333333', '3333333333', '3333333333'],
  ['repeats words with a rule at their end', 'See below:\n-----', 'See below:\n-----\nText', '\nText'],
  ['repeats a pair of surrogates', 'I like fish 🐟🐠', 'like fish 🐟🐠🐡', '🐡'],
  ['goes on with the other half of a pair', 'I like fish \ud83d', '\udc1f!', '\udc1f!'],
  ['repeats, and tells of the other half', 'I like fish \ud83d', 'I like fish 🐟!', '\udc1f!'],
  ['begins with a like pair', 'the fish is 🐟', '🐠 swims', '🐠 swims'],
];

const prefilled: readonly Row[] = [
  ['without the space that was cut from its beginning', 'To be, ', 'or not', 'or not'],
  ['with that space', 'To be, ', ' or not', 'or not'],
  ['with both line ends', 'List:\n\n', '\n\n- one', '- one'],
  ['with one more line end', 'List:\n', '\n\n- one', '\n- one'],
  ['with one line end less', 'List:\n\n', '\n- one', '- one'],
  ['with other white space', 'List: ', '\n- one', '\n- one'],
  ['with white space that was not shown', 'To be,', ' or not', ' or not'],
  ['with words that were said', hamlet, 'the question: is it', 'the question: is it'],
  ['with a word of its own', 'no no ', 'no', 'no'],
  ['with nothing', 'To be, ', '', ''],
  ['with white space alone', 'To be, ', ' ', ''],
];

describe.each([
  ['that was asked to go on', 'ask', asked],
  ['that was handed its beginning', 'prefill', prefilled],
] as const)('a model %s', (_, way, rows) => {
  it.each(rows)('%s', (__, said, continuation, expected) => {
    expect(shown(said, [continuation], way)).toBe(expected);
    expect(shown(said, [...continuation], way)).toBe(expected);
    expect(shown(said, continuation.split(''), way)).toBe(expected);
    expect(shown(said, ['', continuation, ''], way)).toBe(expected);
  });

  it.each(rows)('%s, however that is cut', (__, said, continuation, expected) => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (offsets) => {
        expect(shown(said, cut(continuation, offsets), way)).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe('Seam', () => {
  it('holds text back only while it may be a repetition', () => {
    const seam = new Seam(hamlet, 'ask');

    expect(seam.push('that is ')).toBe('');
    expect(seam.push('the ')).toBe('');
    expect(seam.push('matter')).toBe('that is the matter');
    expect(seam.push('that is the question: ')).toBe('that is the question: ');
    expect(seam.rest()).toBe('');
  });

  it('lets go of what it holds when there is no more, once', () => {
    const seam = new Seam(hamlet, 'ask');

    expect(seam.push('that is')).toBe('');
    expect(seam.rest()).toBe('that is');
    expect(seam.rest()).toBe('');
    expect(seam.push(' it')).toBe(' it');
  });

  it('shows the first word that is new at once', () => {
    const seam = new Seam(hamlet, 'ask');

    expect(seam.push('the question: ')).toBe('');
    expect(seam.push('Whether')).toBe('Whether');
  });

  it('takes time in proportion to the answer, also where all of it is said again', () => {
    const said = long.repeat(1_000);
    const seam = new Seam(said, 'ask');
    const startMs = workedMs();
    let got = '';
    for (let at = 0; at < said.length; at += 4) got += seam.push(said.slice(at, at + 4));
    got += seam.push('the end');

    expect(got).toBe('the end');
    expect(workedMs() - startMs).toBeLessThan(2_000);
  });

  it('never shows anything but an end of the continuation, and all of it where nothing was said twice', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '🤔', 'é'), maxLength: 30 });
    fc.assert(
      fc.property(words, words, fc.array(fc.nat()), fc.constantFrom('ask', 'prefill'), (said, next, offsets, way) => {
        const got = shown(said, cut(next, offsets), way);

        expect(next.endsWith(got)).toBe(true);
        expect(said.endsWith(next.slice(0, next.length - got.length))).toBe(true);
      }),
    );
  });

  it('finds the seam after any overlap of words', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 1_000 }), fc.nat(400), fc.array(fc.nat()), (at, overlap, offsets) => {
        // A shorter overlap may be chance, and is shown.
        fc.pre(overlap >= 8 || overlap === 0);
        const continuation = long.slice(Math.max(0, at - overlap));

        expect(shown(long.slice(0, at), cut(continuation, offsets))).toBe(long.slice(at));
      }),
    );
  });
});
