import fc from 'fast-check';

import { unitEnds } from '../../src/ui/unitEnds.ts';

/** Characters that stand by themselves, those that do not, and such as are at the edge between them. */
const chars = [
  'a',
  ' ',
  '\n',
  '\r',
  '\t',
  '\u0000',
  '\u00ad',
  '©',
  'é',
  '\u02ff',
  '\u0300',
  'e\u0301',
  '👩',
  '\u200d',
  '🇩',
  '한',
];

describe('unitEnds', () => {
  it('finds the graphemes that Intl.Segmenter finds, in plain text too', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const plain = fc.string({ unit: fc.integer({ min: 0, max: 0x310 }).map((code) => String.fromCharCode(code)) });
    const mixed = fc.array(fc.constantFrom(...chars)).map((some) => some.join(''));
    fc.assert(
      fc.property(fc.oneof(plain, mixed), (text) => {
        const ends = [...segmenter.segment(text)].map(({ index, segment }) => index + segment.length);

        expect([...unitEnds('grapheme')(text)]).toEqual(ends);
        expect([...unitEnds('char')(text)]).toEqual(ends);
      }),
    );
  });
});
