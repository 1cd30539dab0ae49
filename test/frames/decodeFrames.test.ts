import { concat, EMPTY, from, map, NEVER, of, Subject, take, throwError, toArray } from 'rxjs';
import { decodeFrames, type Frame, InvalidOptionError, LimitError } from 'rxllm';

import { decoded, heartbeat, message, stray, utf8 } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

describe('decodeFrames', () => {
  expectNoUncaughtError();

  it(
    'emits each frame on the slice that ends it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bytes = cold(' -a--b--|', { a: utf8('data: 1\n\ndata: '), b: utf8('2\n\n') });
      const subs = '       ^------!';
      const expected = '   -x--y--|';

      expectObservable(bytes.pipe(decodeFrames())).toBe(expected, { x: message('1'), y: message('2') });
      expectSubscriptions(bytes.subscriptions).toBe(subs);
    }),
  );

  it('takes bytes in any form, and nothing for nothing', () => {
    const bytes = utf8('data: é\n\n');
    const view = new DataView(bytes.buffer, bytes.byteOffset, 7);
    const slices = [undefined, view, undefined, bytes.slice(7).buffer, 'data: 2\n\n'];

    expect(record(from(slices).pipe(decodeFrames())).values).toEqual([message('é'), message('2')]);
  });

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bytes = cold(' -a--a--a--', { a: utf8('data: 1\n\n') });
      const unsub = '      ----!     ';
      const subs = '       ^---!     ';
      const expected = '   -x        '; // in the same frame an unsubscription wins over an emission

      expectObservable(bytes.pipe(decodeFrames()), unsub).toBe(expected, { x: message('1') });
      expectSubscriptions(bytes.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes an error of the source on, after the frames before it and without an unfinished one',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bytes = cold(' -a--#', { a: utf8('data: 1\n\ndata: 2\n') }, 'boom');
      const subs = '       ^---!';
      const expected = '   -x--#';

      expectObservable(bytes.pipe(decodeFrames())).toBe(expected, { x: message('1') }, 'boom');
      expectSubscriptions(bytes.subscriptions).toBe(subs);
    }),
  );

  it(
    'delivers the frames that precede an overflow in the same slice, then leaves the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bytes = cold(' -a--b', { a: utf8('data: 1\n\ndata: aaaaaaaaaa\n\ndata: 3\n\n'), b: utf8('data: 4\n\n') });
      const subs = '       ^!   ';
      const expected = '   -(x#)';

      expectObservable(bytes.pipe(decodeFrames({ maxFrameChars: 9 }))).toBe(
        expected,
        { x: message('1') },
        expect.objectContaining({ _tag: 'LimitError', option: 'maxFrameChars', limit: 9 }),
      );
      expectSubscriptions(bytes.subscriptions).toBe(subs);
    }),
  );

  it('stays silent over a silent source', () => {
    expect(record(NEVER.pipe(decodeFrames()))).toEqual({ values: [], ending: 'none' });
  });

  it('completes over an empty source, and over empty slices', () => {
    expect(record(EMPTY.pipe(decodeFrames()))).toEqual({ values: [], ending: 'complete' });
    expect(decoded([new Uint8Array(), '', new ArrayBuffer(0)])).toEqual({ values: [], ending: 'complete' });
  });

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless(utf8('data: 1\n\n'));

    expect(record(from(source).pipe(decodeFrames(), take(1)))).toEqual({ values: [message('1')], ending: 'complete' });
    expect(pulled()).toBe(1);
  });

  it('keeps two subscriptions apart', () => {
    const halves = of(utf8('data: 1'), utf8('\n\ndata: 2'));
    const frames = halves.pipe(decodeFrames(), toArray());

    expect(record(frames).values).toEqual([[message('1')]]);
    expect(record(frames).values).toEqual([[message('1')]]);
  });

  it('keeps the order of slices that are fed in from inside the consumer', () => {
    const slices = new Subject<string>();
    const seen: Frame[] = [];
    slices.pipe(decodeFrames()).subscribe((frame) => {
      seen.push(frame);
      if (seen.length === 1) slices.next('3\n\n');
    });
    slices.next('data: 1\n\ndata: 2\n\ndata: ');

    expect(seen).toEqual([message('1'), message('2'), message('3')]);
  });

  it('fails, and leaves the source, when the consumer throws', () => {
    const slices = new Subject<string>();
    const errors: unknown[] = [];
    const consumer = map((frame: Frame) => {
      throw new Error(frame.kind);
    });
    slices.pipe(decodeFrames(), consumer).subscribe({ error: ({ message: text }: Error) => errors.push(text) });
    slices.next('data: 1\n\ndata: 2\n\n');

    expect(errors).toEqual(['message']);
    expect(slices.observed).toBe(false);
  });

  describe('maxFrameChars', () => {
    it.each([0, -1, 1.5, NaN])('throws InvalidOptionError at the call for %p', (maxFrameChars) => {
      expect(thrownBy(() => decodeFrames({ maxFrameChars }))).toBeInstanceOf(InvalidOptionError);
    });

    it('counts data, event and id, and takes a frame that just fits', () => {
      const frame = 'event: abc\nid: de\ndata: fghi\n\n';

      expect(decoded([frame], { maxFrameChars: 9 }).ending).toBe('complete');
      expect(decoded([frame], { maxFrameChars: 8 }).error).toBeInstanceOf(LimitError);
    });

    it('counts the line ends within data', () => {
      expect(decoded(['data: ab\ndata: cd\n\n'], { maxFrameChars: 5 }).ending).toBe('complete');
      expect(decoded(['data: ab\ndata: cd\n\n'], { maxFrameChars: 4 }).error).toBeInstanceOf(LimitError);
    });

    it.each([
      ['a comment', ': abcd\n'],
      ['a stray line', '{abc\n'],
      ['a stray line without an end', '{abc'],
    ])('holds for %s', (_, text) => {
      expect(decoded([text], { maxFrameChars: 4 }).ending).toBe('complete');
      expect(decoded([text], { maxFrameChars: 3 }).error).toBeInstanceOf(LimitError);
    });

    it('holds for a line that never ends, as soon as it is too long', () => {
      const { source, pulled } = endless('data: aaaa');

      expect(record(from(source).pipe(decodeFrames({ maxFrameChars: 100 }))).error).toBeInstanceOf(LimitError);
      expect(pulled()).toBeLessThan(30);
    });

    it('holds for data that never ends, line by line', () => {
      const { source, pulled } = endless('data: aaaa\n');

      expect(record(from(source).pipe(decodeFrames({ maxFrameChars: 100 }))).error).toBeInstanceOf(LimitError);
      expect(pulled()).toBeLessThan(60);
    });

    it('ends with one error, though the source has more', () => {
      expect(decoded(['data: aaaa\n\n', 'data: bbbb\n\n', '{cccc'], { maxFrameChars: 3 })).toEqual({
        values: [],
        ending: 'error',
        error: expect.objectContaining({ _tag: 'LimitError' }),
      });
    });

    it('is off at Infinity', () => {
      const data = 'a'.repeat(9_000_000);

      expect(decoded([`data: ${data}\n\n`], { maxFrameChars: Infinity }).ending).toBe('complete');
      expect(decoded([`data: ${data}\n\n`]).error).toMatchObject({ limit: 8_388_608 });
    });

    // Where a frame is never dispatched, the bound struck or not as the line was cut.
    it.each([
      ['data that is never dispatched', ['data: 12345', '6789\n']],
      ['an event name without data', ['event: 12345', '6789\n\ndata: 1\n\n']],
      ['an event name that another replaces', ['event: 12345', '6789\nevent:\ndata: 1\n\n']],
      ['an id that another replaces', ['id: 12345678', '9\nid:\ndata: 1\n\n']],
      ['a retry', ['retry: 1234', '56789\n\ndata: 1\n\n']],
    ])('strikes the same for %s, cut or whole', (_, slices) => {
      const [whole, inPieces] = [
        decoded([slices.join('')], { maxFrameChars: 1 }),
        decoded(slices, { maxFrameChars: 1 }),
      ];

      expect(inPieces).toEqual(whole);
    });
  });

  describe('what slices may be', () => {
    const text = 'data: é漢🎉\n\n';
    const expected = { values: [message('é漢🎉')], ending: 'complete' };

    it('bytes, one at a time', () => {
      expect(decoded(Array.from(utf8(text), (byte) => Uint8Array.of(byte)))).toEqual(expected);
    });

    it('a view of part of a larger buffer', () => {
      const large = utf8(`xx${text}yy`);

      expect(decoded([large.subarray(2, large.length - 2)])).toEqual(expected);
    });

    it('ArrayBuffers', () => {
      expect(decoded(Array.from(utf8(text), (byte) => Uint8Array.of(byte).buffer))).toEqual(expected);
    });

    it('text, one code unit at a time, surrogates apart', () => {
      expect(decoded(text.split(''))).toEqual(expected);
    });
  });

  it('makes U+FFFD of bytes that are not UTF-8, a cut-off last character included', () => {
    const bytes = concat(
      of(utf8('data: a')),
      of(Uint8Array.of(0xff)),
      of(utf8('b\n\n{"x":"')),
      of(Uint8Array.of(0xc3)),
    );

    expect(record(bytes.pipe(decodeFrames())).values).toEqual([message('a\uFFFDb'), stray('{"x":"\uFFFD')]);
  });

  it('takes no longer for many stray lines in one slice than for the same in many', () => {
    const msOf = (slices: readonly string[]): number => {
      const before = workedMs();
      expect(decoded(slices).values).toHaveLength(300_000);
      return workedMs() - before;
    };
    const slices = Array.from({ length: 300 }, () => '{}\n'.repeat(1_000));
    const inPiecesMs = msOf(slices);

    expect(msOf([slices.join('')])).toBeLessThan(5 * inPiecesMs + 200);
  });

  it('forgets an unfinished frame when the source fails', () => {
    const seen = record(
      concat(
        of('{"error":1}\n: hi\ndata: 1\n'),
        throwError(() => 'boom'),
      ).pipe(decodeFrames()),
    );

    expect(seen).toEqual({ values: [stray('{"error":1}'), heartbeat('hi')], ending: 'error', error: 'boom' });
  });
});
