import fc from 'fast-check';
import { concat, from, of, Subject, take, throwError } from 'rxjs';
import { type Delta, InvalidOptionError, splitSentences, type SplitSentencesOptions, TruncatedError } from 'rxllm';

import { call, end, finish, partStart, reasoning, start, text, textPart } from '../support/deltas.ts';
import { cut } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const split = (values: Iterable<Delta | string>, options?: SplitSentencesOptions): readonly string[] =>
  record(from(values).pipe(splitSentences(options))).values;

/** `|` marks where a sentence ends. */
const rows: readonly string[] = [
  '',
  'Hi',
  'Hi. |There. |You',
  'Is it? |Yes! |No!! |What?! |Well… |Fine... |So.',
  'Well… maybe. |But... no.',
  'hey! |how are you? |i am fine.',
  '"Really?" she said. |"Yes." |He left.',
  '(It is.) |Then [so.] |«Oui.» |„Ja.“ |**Bold.** |End',
  'It is 3.14, or 2.5. |Then 1.000.000 more.',
  'See https://example.com/a.b?c=d. |Or index.ts. |Open a.b.c now.',
  'Dr. Who and Mrs. Smith met St. Peter vs. Prof. Plum. |Right.',
  'E.g. This, i.e. That, cf. Fig. 3 and No. 4. |No. |Yes.',
  'J. R. R. Tolkien wrote. |So do I. |Then J.R.R. Tolkien and the U.S. Army came at 5 p.m. |We left.',
  'Er kam z.B. Mittags, d.h. Um zwölf, z. B. Heute, bzw. Morgen. |Gut.',
  'apples, pears etc. and so on. |Apples etc. |Then.',
  '1. One\n|2. Two\n|3. Three. |And four\n|',
  '1.2. Scope\n|a. First\n|',
  '# Title\n\n|Text. |More\r\n  |- item\n|',
  'He won 42. |Next.',
  '「行く。」|彼は言った。|そうです！|本当？|はい．|次',
  '你好。|你好吗？！|好的。\n|再见',
  'क्या है। |ठीक। |هل؟ |نعم۔ |Այո։ |Ոչ',
  'No space.Here it goes on. |Or!not',
  'Great! |🎉 Party. |🎉',
  '  Leading. |Then.  \t |Trailing. ',
  '... |Then. |. |.',
  'ab\u0000cd. |E',
  '\ud83d. |\ude00',
];

describe('splitSentences', () => {
  it.each(rows)('cuts %j', (row) => {
    const expected = row.split('|').filter((sentence) => sentence !== '');
    const whole = expected.join('');

    expect(split([whole])).toEqual(expected);
    expect(split(whole.split(''))).toEqual(expected);
  });

  it(
    'gives a sentence with the first character of the next one, and the rest at the end',
    marbles(({ cold, expectObservable }) => {
      const source = cold('a-b-c-d-|', { a: 'Dr. Who', b: ' came.', c: ' ', d: 'He' });

      expectObservable(source.pipe(splitSentences())).toBe('------x-(y|)', { x: 'Dr. Who came. ', y: 'He' });
    }),
  );

  it('reads the text of choice 0, across parts of text, up to a part of another kind or the stop reason', () => {
    const deltas = [
      start(),
      partStart(0, 'reasoning'),
      reasoning(0, 'Hm. Hm. '),
      ...textPart(1, ['The sky is ']),
      ...textPart(2, ['blue. ', 'Let me look']),
      text(0, 'Not this. Not', 1),
      partStart(3, 'tool-call'),
      call(3, {}),
      ...textPart(4, ['So it is']),
      finish('stop'),
    ];

    expect(split([...deltas, ...textPart(5, ['Late']), end])).toEqual([
      'The sky is blue. ',
      'Let me look',
      'So it is',
      'Late',
    ]);
  });

  it('drops the rest at a retry, and keeps it for what goes on', () => {
    expect(split([start(), text(0, 'One. Tw'), start(), text(0, 'Uno. Dos'), end])).toEqual(['One. ', 'Uno. ', 'Dos']);
    const resume = { type: 'resume', resumption: 1, delayMs: 0, error: new TruncatedError() } as const;
    expect(split([start(), text(0, 'One. Tw'), resume, text(0, 'o. Three'), end])).toEqual(['One. ', 'Two. ', 'Three']);
  });

  it.each<[string, number, string, string, readonly string[]]>([
    ['in the rest', 7, '!', ' X', ['One. ', 'Tw! ', 'X']],
    ['at the end', 10, '[-]', '', ['One. ', 'Two. ', '[-]']],
    ['in what was given and the rest', 2, '[-]', '. Ok', ['One. ', '[-]. ', 'Ok']],
    ['before all', -1, '', 'Ok', ['One. ', 'Ok']],
  ])('takes a redaction %s to heart as far as it can', (_where, fromChar, piece, then, expected) => {
    const deltas: readonly Delta[] = [
      text(0, 'One. Two. T'.slice(0, 10)),
      { type: 'redact', choice: 0, part: 0, fromChar, text: piece },
    ];

    expect(split([...deltas, text(0, then), end])).toEqual(expected);
  });

  it('changes nothing for a redaction of an earlier part that was given, or of one that is not known', () => {
    const redact = (part: number): Delta => ({ type: 'redact', choice: 0, part, fromChar: 0, text: 'X' });

    expect(split([text(0, 'One. '), text(1, 'Two. T'), redact(0), redact(7), text(1, 'hree')])).toEqual([
      'One. ',
      'Two. ',
      'Three',
    ]);
  });

  it.each<[string, number, readonly string[]]>([
    ['aaaa bbbb cccc', 10, ['aaaa bbbb ', 'cccc']],
    ['aaaa bbbb cccc', 9, ['aaaa ', 'bbbb cccc']],
    ['aaaaaaaaaa', 4, ['aaaa', 'aaaa', 'aa']],
    ['  aaaaaa', 4, ['  aa', 'aaaa']],
    ['aa. Bbbb. C', 6, ['aa. ', 'Bbbb. ', 'C']],
    ['aa     b', 4, ['aa  ', '   b']],
    ['a😀😀', 2, ['a😀', '😀']],
    ['abc', 1, ['a', 'b', 'c']],
  ])('cuts %j at %d characters, between words if it can', (whole, maxChars, expected) => {
    expect(split([whole], { maxChars })).toEqual(expected);
    expect(split(whole.split(''), { maxChars })).toEqual(expected);
  });

  it('knows the abbreviations that it is told, with or without their stop', () => {
    expect(split(['Siehe Abb. Eins, z.Hd. Herrn X. Gut'], { abbreviations: ['Abb', 'z.Hd.'] })).toEqual([
      'Siehe Abb. Eins, z.Hd. Herrn X. Gut',
    ]);
    expect(split(['Siehe Abb. Eins'])).toEqual(['Siehe Abb. ', 'Eins']);
    expect(thrownBy(() => splitSentences({ maxChars: 0 }))).toBeInstanceOf(InvalidOptionError);
  });

  it.each(['Abb', [5], {}, null])('refuses %j as abbreviations', (abbreviations) => {
    const refusal = thrownBy(() => splitSentences({ abbreviations: abbreviations as readonly string[] }));

    expect(refusal).toEqual(new InvalidOptionError('abbreviations', 'must be a list of words'));
  });

  it('gives out the rest before an error, and shares nothing between two subscriptions', () => {
    const error = new TruncatedError();
    const operator = splitSentences();

    expect(
      record(
        concat(
          of('One. Tw'),
          throwError(() => error),
        ).pipe(operator),
      ),
    ).toEqual({
      values: ['One. ', 'Tw'],
      ending: 'error',
      error,
    });
    expect(record(of('o').pipe(operator)).values).toEqual(['o']);
  });

  it('leaves an endless synchronous source when its consumer leaves', () => {
    const { source, pulled } = endless('A word. ');

    expect(record(from(source).pipe(splitSentences(), take(2))).values).toEqual(['A word. ', 'A word. ']);
    expect(pulled()).toBeLessThan(5);
  });

  it('takes what comes while a sentence is given in its turn', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(splitSentences()).subscribe((sentence) => {
      seen.push(sentence);
      if (seen.length === 1) source.next('Four. Five. ');
    });
    source.next('One two. Two three. Three ');
    source.complete();

    expect(seen).toEqual(['One two. ', 'Two three. ', 'Three Four. ', 'Five. ']);
  });
});

const fragments = fc.constantFrom(
  '. ',
  '.',
  '! ',
  '? ',
  '。',
  '」',
  '"',
  ')',
  '\n',
  '\r\n',
  ' ',
  'a',
  'B',
  'Dr',
  '1',
  'e.g',
  '…',
  '\ud83d',
  '\ude00',
  'I',
  '𐐨',
);
const texts = fc.oneof(
  fc.array(fragments, { maxLength: 30 }).map((list) => list.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const bounds = fc.constantFrom(1, 2, 7, 1_000, Infinity);

describe('splitSentences, over any text', () => {
  it('loses nothing, gives nothing empty, keeps its bound, and does not mind how the text is cut', () => {
    fc.assert(
      fc.property(texts, bounds, fc.array(fc.nat(), { maxLength: 8 }), (whole, maxChars, offsets) => {
        const sentences = split([whole], { maxChars });

        expect(sentences.join('')).toBe(whole);
        expect(sentences).not.toContain('');
        expect(sentences.every(({ length }) => length <= maxChars + 1)).toBe(true);
        expect(split(cut(whole, offsets), { maxChars })).toEqual(sentences);
        expect(split(whole.split(''), { maxChars })).toEqual(sentences);
      }),
      { numRuns: 1_000 },
    );
  });

  it('cuts no surrogate pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), bounds, (whole, maxChars) => {
        expect(
          split([whole], { maxChars }).every((sentence) => !/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(sentence)),
        ).toBe(true);
      }),
    );
  });

  it.each(['a', ' ', '.', '\n', 'a.', '。'])('takes linear time for a million of %j', (unit) => {
    const startedAt = workedMs();
    const whole = unit.repeat(1_000_000 / unit.length);

    expect(
      split(
        cut(
          whole,
          Array.from({ length: 1_000 }, (_, at) => at * 997),
        ),
      ).join(''),
    ).toBe(whole);
    expect(workedMs() - startedAt).toBeLessThan(4_000);
  });
});
