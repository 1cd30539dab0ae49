import fc from 'fast-check';

import { fixtures } from '../support/fixtures.ts';
import { cutAt, decode, deltasOf } from '../support/outcome.ts';
import { runs } from '../support/thorough.ts';

describe('law 1: how the network cut the bytes never shows', () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    '%s is the same in one piece, byte by byte, and in any other',
    (_, { dialect, bytes, golden }) => {
      const whole = decode(dialect, [bytes], golden.expectedChoices);
      const deltas = deltasOf(dialect, [bytes]);
      const bytewise = Array.from(bytes, (byte) => Uint8Array.of(byte));

      expect(decode(dialect, bytewise, golden.expectedChoices)).toEqual(whole);
      expect(deltasOf(dialect, bytewise)).toEqual(deltas);
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 16 }), (offsets) => {
          const slices = cutAt(bytes, offsets);
          expect(decode(dialect, slices, golden.expectedChoices)).toEqual(whole);
          expect(deltasOf(dialect, slices)).toEqual(deltas);
        }),
        { numRuns: runs(6) },
      );
    },
  );
});
