import fc from 'fast-check';
import type { Frame } from 'rxllm';

import { cut, decoded, utf8 } from '../support/frames.ts';
import { runs } from '../support/thorough.ts';

/**
 * The HTML standard's section 9.2.6, word for word, over a whole text; on top of it, what is ours: comments and lines
 * that start with "{" are frames, a bare object over several lines is one, and an event's id is that of its own fields.
 */
const reference = (stream: string): readonly Frame[] => {
  const frames: Frame[] = [];
  const text = stream.startsWith('\uFEFF') ? stream.slice(1) : stream;
  const lines = text.split(/\r\n|\r|\n/);
  const unterminated = lines.pop() ?? '';
  let data = '';
  let event = '';
  let id: string | undefined;
  /** The lines of a bare object whose end has not come. */
  let block: string[] | undefined;

  const endBlock = (): void => {
    if (block) frames.push({ kind: 'stray', line: block.join(' ') });
    block = undefined;
  };
  /** Whether a line is kept from the fields, since it is (part of) a bare object. */
  const isBare = (line: string, isFirst: boolean): boolean => {
    if (block && /^[ \t}]/.test(line)) {
      block.push(line.replace(/^\}\][ \t]*$/, '}'));
      if (line.startsWith('}')) endBlock();
      return true;
    }
    endBlock();
    const list = isFirst ? /^\[(\{.*\})\][ \t]*$/s.exec(line) : null;
    if (/^\{[ \t]*$/.test(line) || (isFirst && /^\[\{[ \t]*$/.test(line))) block = [line.replace('[', '')];
    else if (list || line.startsWith('{')) frames.push({ kind: 'stray', line: list?.[1] ?? line });
    else return false;
    return true;
  };

  const process = (field: string, value: string): void => {
    if (field === 'event') event = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) id = value;
  };

  for (const [at, line] of lines.entries()) {
    if (isBare(line, at === 0)) continue;
    if (line === '') {
      if (data !== '') frames.push({ kind: 'message', event: event || undefined, data: data.slice(0, -1), id });
      [data, event, id] = ['', '', undefined];
    } else if (line.startsWith(':')) {
      frames.push({ kind: 'heartbeat', comment: line.slice(line.startsWith(': ') ? 2 : 1) });
    } else if (line.includes(':')) {
      const colon = line.indexOf(':');
      process(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
    } else {
      process(line, '');
    }
  }
  if (unterminated !== '') isBare(unterminated, lines.length === 0);
  endBlock();
  return frames;
};

const heads = [
  'data',
  'data:',
  'data: ',
  'data:  ',
  'event:',
  'event: ',
  'event',
  'id:',
  'id: ',
  'id',
  'id: \0',
  'retry: 1',
].concat([
  'retry: x',
  ':',
  ': ',
  '{',
  '{"error":1}',
  ' {',
  'dat',
  'dataa: ',
  'even: ',
  'foo: ',
  'foo',
  'Data: ',
  '-',
  '\u00EF',
  '  "a": 1,',
  '\t',
  '}',
  '}]',
  '[',
  '[{',
  '[{"error":1}]',
]);
const rests = fc.oneof(
  fc.constantFrom('', 'a', ' b ', ':', '{"k":"é漢🎉"}', '\uFEFF', '\u2028', '[DONE]', '\0', 'data: x', '{', 'ping'),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const lineEnds = fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n');
/** Errors as Google writes them, whole or with something wrong. */
const blocks = fc
  .tuple(
    fc.constantFrom('{', '{ ', '[{', '{\t'),
    fc.array(fc.constantFrom('  "error": {', '    "code": 503', '  }', '', ' ', 'data: x', '{', '\t'), {
      maxLength: 4,
    }),
    fc.constantFrom('}', '}]', '} ', '},', ']', '', 'data: y'),
  )
  .chain(([first, lines, last]) =>
    fc
      .array(lineEnds, { minLength: 6, maxLength: 6 })
      .map((ends) => [first, ...lines, last].map((line, at) => line + (ends[at] ?? '')).join('')),
  );
const streams = fc
  .record({
    mark: fc.constantFrom('', '', '\uFEFF'),
    lines: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...heads), rests, lineEnds) },
        { weight: 1, arbitrary: fc.tuple(blocks) },
      ),
      { maxLength: 12 },
    ),
    last: fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom(...heads), rests).map((pieces) => pieces.join('')),
    ),
  })
  .map(({ mark, lines, last }) => mark + lines.flat().join('') + last);
/** Of one kind of line end, as most servers send. */
const evenStreams = fc
  .tuple(streams, fc.constantFrom('\n', '\r', '\r\n'))
  .map(([text, lineEnd]) => text.replace(/\r\n|\r|\n/g, lineEnd));
const cuts = fc.array(fc.nat({ max: 500 }), { maxLength: 12 });
/** Slices that begin anywhere and hold more text than is copied lightly. */
const longStreams = fc
  .tuple(fc.oneof(streams, evenStreams), fc.constantFrom('\n', '\r', '\r\n'), fc.oneof(streams, evenStreams))
  .map(([first, lineEnd, last]) => `${first}${`data: x${lineEnd}${lineEnd}`.repeat(200)}${last}`);

describe('decodeFrames, over any stream', () => {
  it('does what the standard says', () => {
    fc.assert(
      fc.property(fc.oneof(streams, evenStreams), (text) => {
        expect(decoded([text])).toEqual({ values: reference(text), ending: 'complete' });
      }),
      { numRuns: runs(500) },
    );
  });

  it('is blind to where bytes are cut', () => {
    fc.assert(
      fc.property(fc.oneof(streams, evenStreams), cuts, (text, offsets) => {
        expect(decoded(cut(utf8(text), offsets))).toEqual({ values: reference(text), ending: 'complete' });
      }),
      { numRuns: runs(500) },
    );
  });

  it('is blind to a cut behind every byte', () => {
    fc.assert(
      fc.property(fc.oneof(streams, evenStreams), (text) => {
        const bytes = Array.from(utf8(text), (byte) => Uint8Array.of(byte));
        expect(decoded(bytes)).toEqual({ values: reference(text), ending: 'complete' });
      }),
    );
  });

  it('is blind to where text is cut, between surrogates too', () => {
    fc.assert(
      fc.property(fc.oneof(streams, evenStreams), cuts, (text, offsets) => {
        expect(decoded(cut(text, offsets))).toEqual({ values: reference(text), ending: 'complete' });
      }),
      { numRuns: runs(300) },
    );
  });

  it('is blind to where a long text is cut', () => {
    fc.assert(
      fc.property(longStreams, cuts, (text, offsets) => {
        expect(decoded(cut(text, offsets))).toEqual({ values: reference(text), ending: 'complete' });
      }),
      { numRuns: runs(250) },
    );
  });

  it('reads ArrayBuffers as it reads bytes', () => {
    fc.assert(
      fc.property(streams, cuts, (text, offsets) => {
        const buffers = cut(utf8(text), offsets).map((slice) => new Uint8Array(slice).buffer);
        expect(decoded(buffers)).toEqual({ values: reference(text), ending: 'complete' });
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
      fc.property(
        fc.oneof(streams, evenStreams),
        cuts,
        fc.integer({ min: 1, max: 30 }),
        (text, offsets, maxFrameChars) => {
          expect(decoded(cut(utf8(text), offsets), { maxFrameChars })).toEqual(decoded([text], { maxFrameChars }));
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('strikes a bound at the same place, wherever a long text is cut', () => {
    fc.assert(
      fc.property(longStreams, cuts, fc.integer({ min: 1, max: 30 }), (text, offsets, maxFrameChars) => {
        expect(decoded(cut(text, offsets), { maxFrameChars })).toEqual(decoded([text], { maxFrameChars }));
      }),
      { numRuns: runs(250) },
    );
  });

  it('gives the frames before the bound is struck as if there were none', () => {
    fc.assert(
      fc.property(streams, cuts, fc.integer({ min: 1, max: 30 }), (text, offsets, maxFrameChars) => {
        const { values } = decoded(cut(text, offsets), { maxFrameChars });
        expect(values).toEqual(reference(text).slice(0, values.length));
      }),
    );
  });
});
