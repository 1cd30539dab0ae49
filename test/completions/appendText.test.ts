import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';

import { appendText } from '../../src/completions/appendText.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const heapBytes = async (): Promise<number> => {
  for (let turn = 0; turn < 3; turn += 1) {
    await setImmediate();
    collectGarbage();
  }
  return getHeapStatistics().used_heap_size;
};

const grown = (pieces: number): string => {
  const decoder = new TextDecoder();
  const bytes = new TextEncoder().encode('token ');
  let text = '';
  // As off a network: each piece is a string of its own.
  for (let count = 0; count < pieces; count += 1) text = appendText(text, decoder.decode(bytes));
  return text;
};

describe('appendText', () => {
  it('joins what it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 100_000 }), { maxLength: 20 }), (pieces) => {
        expect(pieces.reduce(appendText, '') === pieces.join('')).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps a long text, but not the pieces that it came in', async () => {
    grown(100_000);
    const before = await heapBytes();
    const text = grown(500_000);
    const after = await heapBytes();

    expect((after - before) / text.length).toBeLessThan(3);
    // Eight times and more is what the pieces take.
    expect(text.length).toBe(3_000_000);
  });
});
