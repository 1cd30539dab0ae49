import { concat, from, NEVER, of, Subject, take, throwError } from 'rxjs';
import { decodeLines, type Frame, InvalidOptionError, LimitError, NetworkError } from 'rxllm';

import { heartbeat, message, utf8 } from '../support/frames.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

expectNoUncaughtError();

const decoded = (slices: readonly (Uint8Array | ArrayBuffer | string)[], options?: { maxFrameChars?: number }) =>
  record(from(slices).pipe(decodeLines(options)));

const framesOf = (...slices: readonly (Uint8Array | ArrayBuffer | string)[]) => decoded(slices).values;

describe('a line', () => {
  it.each<readonly [string, string, readonly Frame[]]>([
    ['ends in LF', '{"a":1}\n{"b":2}\n', [message('{"a":1}'), message('{"b":2}')]],
    ['ends in CR LF', '{"a":1}\r\n{"b":2}\r\n', [message('{"a":1}'), message('{"b":2}')]],
    ['does not end in CR alone, which is white space', '{"a":\r1}\r\r\n', [message('{"a":\r1}\r')]],
    ['keeps its white space', '  {"a" : 1}\t\n', [message('  {"a" : 1}\t')]],
    ['keeps what only looks like a line end', '{"a":"\u2028\u0085\u000b"}\n', [message('{"a":"\u2028\u0085\u000b"}')]],
    ['is a frame also where it is no JSON', 'oops\n', [message('oops')]],
    ['that is blank is a heartbeat', '\n \t\r\n', [heartbeat(''), heartbeat('')]],
    ['of white space that JSON does not know is a frame', '\u00a0\n', [message('\u00a0')]],
    ['begins behind a byte order mark', '\uFEFF{"a":1}\n\uFEFF\n', [message('{"a":1}'), message('\uFEFF')]],
    ['may be an event stream’s, which nobody here knows', 'data: {}\n: c\n', [message('data: {}'), message(': c')]],
  ])('%s', (_, text, frames) => {
    expect(decoded([text])).toEqual({ values: frames, ending: 'complete' });
  });

  it('comes as soon as its line end does', () => {
    const slices = new Subject<string>();
    const frames: Frame[] = [];
    slices.pipe(decodeLines()).subscribe((frame) => frames.push(frame));

    slices.next('{"a":1}');
    expect(frames).toEqual([]);
    slices.next('\r');
    expect(frames).toEqual([]);
    slices.next('\n');
    expect(frames).toEqual([message('{"a":1}')]);
  });

  it('may be cut inside a character', () => {
    const bytes = utf8('{"a":"漢"}\n');

    expect(framesOf(bytes.slice(0, 7), bytes.slice(7, 8), bytes.slice(8))).toEqual([message('{"a":"漢"}')]);
  });

  it('is read out of an ArrayBuffer', () => {
    expect(framesOf(new Uint8Array(utf8('{"é":1}\n')).buffer)).toEqual([message('{"é":1}')]);
  });
});

describe('the last line, without a line end,', () => {
  it.each([
    ['is a frame, if it is a whole object', '{"done":true}', [message('{"done":true}')]],
    ['is a frame, if it is a whole array', ' [{"error":"x"}] ', [message(' [{"error":"x"}] ')]],
    ['may end in half of a CR LF', '{}\r', [message('{}')]],
    ['is dropped, if it was cut off', '{"done":tru', []],
    ['is dropped, if it is a number, which might go on', '42', []],
    ['is dropped, if it is text', 'oops', []],
    ['is nothing, if there is only white space', ' \t', []],
    ['is nothing, if there is nothing', '', []],
  ])('%s', (_, last, frames) => {
    expect(decoded([`{"a":1}\n${last}`])).toEqual({ values: [message('{"a":1}'), ...frames], ending: 'complete' });
  });

  it('is dropped, if it was cut off inside a character', () => {
    expect(framesOf(utf8('{"a":"漢"}').slice(0, 7))).toEqual([]);
  });

  it('is a frame before an error of the source, too', () => {
    const error = new NetworkError({ url: 'http://server.test', code: 'ECONNRESET', phase: 'body' });
    const reset = throwError(() => error);

    expect(record(concat(of('{"done":true}'), reset).pipe(decodeLines()))).toEqual({
      values: [message('{"done":true}')],
      ending: 'error',
      error,
    });
    expect(record(concat(of('{"done":'), reset).pipe(decodeLines()))).toEqual({ values: [], ending: 'error', error });
  });
});

describe('the bound', () => {
  const limit = (maxFrameChars: number) => new LimitError('maxFrameChars', maxFrameChars);

  it.each([
    ['in one slice', ['{"a":1}\n{"b":22}\n{"c":3}\n']],
    ['in the slice that goes beyond it', ['{"a":1}\n{"b"', ':22', '}\n']],
    ['before the line ends', ['{"a":1}\n{"b":222']],
    ['character by character', Array.from('{"a":1}\r\n{"b":22}\n')],
  ])('is struck %s, after the frames before it', (_, slices) => {
    expect(decoded(slices, { maxFrameChars: 7 })).toEqual({
      values: [message('{"a":1}')],
      ending: 'error',
      error: limit(7),
    });
  });

  it('does not count the line end', () => {
    for (const slices of [['{"a":1}\r\n'], ['{"a":1}\r', '\n'], ['{"a":1}\r']]) {
      expect(decoded(slices, { maxFrameChars: 7 })).toEqual({ values: [message('{"a":1}')], ending: 'complete' });
    }
  });

  it('counts a CR that is none', () => {
    for (const slices of [['{"a":\r1}\n'], ['{"a":\r', '1}\n'], ['{"a":1\r}\r\n'], ['{"a":1\r', '}\r', '\n']]) {
      expect(decoded(slices, { maxFrameChars: 7 })).toMatchObject({ values: [], error: limit(7) });
    }
  });

  it('holds of blank lines, too', () => {
    expect(decoded([' '.repeat(8)], { maxFrameChars: 7 })).toMatchObject({ values: [], error: limit(7) });
    expect(decoded(['\n'.repeat(8)], { maxFrameChars: 7 }).values).toHaveLength(8);
  });

  it('leaves an endless line', () => {
    const { source, pulled } = endless('x'.repeat(100));

    expect(record(from(source).pipe(decodeLines({ maxFrameChars: 1_000 })))).toMatchObject({ error: limit(1_000) });
    expect(pulled()).toBe(11);
  });

  it('may be none', () => {
    const line = `"${'x'.repeat(9_000_000)}"`;

    expect(decoded([line, '\n'], { maxFrameChars: Infinity }).values).toEqual([message(line)]);
    expect(decoded([line, '\n']).error).toEqual(limit(8_388_608));
  });

  it.each([0, -1, 1.5, NaN])('cannot be %d', (maxFrameChars) => {
    expect(thrownBy(() => decodeLines({ maxFrameChars }))).toBeInstanceOf(InvalidOptionError);
  });
});

describe('decodeLines', () => {
  it('completes with an empty source, and not before one that never ends', () => {
    expect(decoded([])).toEqual({ values: [], ending: 'complete' });
    expect(record(NEVER.pipe(decodeLines()))).toEqual({ values: [], ending: 'none' });
  });

  it('leaves an endless source with its consumer', () => {
    const { source, pulled } = endless('{}\n{}\n');

    expect(record(from(source).pipe(decodeLines(), take(3))).values).toHaveLength(3);
    expect(pulled()).toBe(2);
  });

  it('keeps subscriptions apart', () => {
    const decode = decodeLines();
    const first: Frame[] = [];
    const slices = new Subject<string>();
    slices.pipe(decode).subscribe((frame) => first.push(frame));
    slices.next('{"a":');

    expect(record(of('{}\n').pipe(decode)).values).toEqual([message('{}')]);
    slices.next('1}\n');
    expect(first).toEqual([message('{"a":1}')]);
  });

  it('keeps the order when a consumer feeds the source', () => {
    const slices = new Subject<string>();
    const seen: string[] = [];
    slices.pipe(decodeLines()).subscribe((frame) => {
      const data = frame.kind === 'message' ? frame.data : '';
      seen.push(data);
      if (data === '1') slices.next('3\n');
    });
    slices.next('1\n2\n');

    expect(seen).toEqual(['1', '2', '3']);
  });

  it('costs what its bytes cost, also when a line comes byte by byte', () => {
    const msOf = (chars: number): number => {
      const start = workedMs();
      decoded(Array.from({ length: chars }, () => 'x'));
      return workedMs() - start;
    };
    msOf(50_000);
    const [once, fourfold] = [50_000, 200_000].map((chars) => Math.min(msOf(chars), msOf(chars), msOf(chars)));

    expect(fourfold).toBeLessThan(8 * (once ?? 0) + 20);
  });
});
