import fc from 'fast-check';

import { SliceDecoder } from '../../src/frames/SliceDecoder.ts';
import { cut, utf8 } from '../support/frames.ts';

/** Bytes of all kinds: whole characters of every length, and what is none. */
const bytes = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }).map(utf8),
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(utf8('\uFEFF'), utf8('a\n\n'), new Uint8Array([0xe6]), new Uint8Array([0xf0, 0x9f, 0x91])),
    ),
    { maxLength: 12 },
  )
  .map((parts) => new Uint8Array(parts.flatMap((part) => [...part])));

describe('SliceDecoder', () => {
  it('gives of each slice what a streaming TextDecoder gives', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 12 }), (all, offsets) => {
        const slices = cut(all, offsets);
        const decoder = new SliceDecoder();
        const standard = new TextDecoder('utf-8', { ignoreBOM: true });

        expect([...slices.map((slice) => decoder.read(slice)), decoder.end()]).toEqual([
          ...slices.map((slice) => standard.decode(slice, { stream: true })),
          standard.decode(),
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps a byte order mark, and holds back only what is not whole', () => {
    const decoder = new SliceDecoder();
    const slices = cut(utf8('\uFEFF漢a👋'), [1, 4, 7, 9]);

    expect(slices.map((slice) => decoder.read(slice))).toEqual(['', '\uFEFF', '漢a', '', '👋']);
    expect(decoder.end()).toBe('');
  });

  it('takes bytes in any form, text, and nothing', () => {
    const decoder = new SliceDecoder();
    const { buffer } = new Uint8Array([0x61, 0x62]);

    expect([buffer, new DataView(buffer, 1), 'c', undefined, new Uint8Array()].map((one) => decoder.read(one))).toEqual(
      ['ab', 'b', 'c', '', ''],
    );
  });
});
