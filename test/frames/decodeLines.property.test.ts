import fc from 'fast-check';
import { from } from 'rxjs';
import { decodeLines, encodeLine, type Frame } from 'rxllm';

import { cut, heartbeat, message, utf8 } from '../support/frames.ts';
import { record } from '../support/record.ts';
import { runs } from '../support/thorough.ts';

const decoded = (slices: readonly (Uint8Array | string)[], options?: { maxFrameChars?: number }) =>
  record(from(slices).pipe(decodeLines(options)));

const frameOf = (line: string): Frame => {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return /[^ \t\r]/.test(text) ? message(text) : heartbeat('');
};

const isWholeJson = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
};

/** What the docblock says, over a whole text. */
const reference = (stream: string): readonly Frame[] => {
  const lines = (stream.startsWith('\uFEFF') ? stream.slice(1) : stream).split('\n');
  const last = lines.pop() ?? '';
  return [...lines, ...(isWholeJson(last) ? [last] : [])].map(frameOf);
};

/** As its bytes have it: lone surrogates have none. */
const wellFormed = (text: string): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8(text));

const lines = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom(
    '',
    ' ',
    '\t',
    '{}',
    '{"a":"é漢🎉"}',
    '[1]',
    '{"a":',
    '42',
    'null',
    'oops',
    '\uFEFF',
    '\0',
    '\r',
    '{\r}',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replaceAll('\n', '')),
);
const streams = fc
  .record({
    mark: fc.constantFrom('', '', '\uFEFF'),
    ended: fc.array(fc.tuple(lines, fc.constantFrom('\n', '\r\n', '\n\n')), { maxLength: 10 }),
    last: lines,
  })
  .map(({ mark, ended, last }) => mark + ended.flat().join('') + last);
const cuts = fc.array(fc.nat({ max: 300 }), { maxLength: 12 });

describe('decodeLines, over any text', () => {
  it('gives a frame for each line, wherever text is cut', () => {
    fc.assert(
      fc.property(streams, cuts, (text, offsets) => {
        expect(decoded(cut(text, offsets))).toEqual({ values: reference(text), ending: 'complete' });
      }),
      { numRuns: runs(500) },
    );
  });

  it('is blind to where bytes are cut', () => {
    fc.assert(
      fc.property(streams, cuts, (text, offsets) => {
        const sound = wellFormed(text);
        expect(decoded(cut(utf8(sound), offsets))).toEqual({ values: reference(sound), ending: 'complete' });
      }),
      { numRuns: runs(500) },
    );
  });

  it('is blind to a cut behind every byte', () => {
    fc.assert(
      fc.property(streams, (text) => {
        const bytes = Array.from(utf8(wellFormed(text)), (byte) => Uint8Array.of(byte));
        expect(decoded(bytes)).toEqual({ values: reference(wellFormed(text)), ending: 'complete' });
      }),
    );
  });

  it('survives bytes that are anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), cuts, (bytes, offsets) => {
        expect(decoded(cut(bytes, offsets))).toEqual(decoded([bytes]));
      }),
    );
  });

  it('strikes a bound at the same place, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(streams, cuts, fc.integer({ min: 1, max: 20 }), (text, offsets, maxFrameChars) => {
        const whole = decoded([wellFormed(text)], { maxFrameChars });
        expect(decoded(cut(utf8(wellFormed(text)), offsets), { maxFrameChars })).toEqual(whole);
        expect(whole.values).toEqual(reference(wellFormed(text)).slice(0, whole.values.length));
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('encodeLine', () => {
  it('writes what decodeLines reads back', () => {
    const frames = fc.oneof(
      fc.json({ maxDepth: 2 }).map((json) => message(json)),
      fc.constant(heartbeat('')),
    );
    fc.assert(
      fc.property(fc.array(frames, { maxLength: 6 }), cuts, (list, offsets) => {
        const text = list.map(encodeLine).join('');
        expect(decoded(cut(text, offsets))).toEqual({ values: list, ending: 'complete' });
      }),
      { numRuns: runs(250) },
    );
  });

  it('keeps the meaning of JSON over several lines', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('\n', '\r\n', '\r'), (value, lineEnd) => {
        const data = JSON.stringify(value, undefined, 2).replaceAll('\n', lineEnd);
        const [frame] = decoded([encodeLine(message(data))]).values;
        expect(JSON.parse(frame?.kind === 'message' ? frame.data : '')).toEqual(JSON.parse(data));
      }),
    );
  });
});
