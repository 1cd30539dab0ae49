import { concat, NEVER, of } from 'rxjs';
import { InvalidOptionError, LimitError, type OutputError, partialJson, partialJsonEither } from 'rxllm';

import { chars, piecesOf, snapshotsOf } from '../support/json.ts';
import { record, thrownBy } from '../support/record.ts';

const errorOf = (source: string): OutputError => snapshotsOf(chars(source)).error as OutputError;

describe('a text that is not JSON', () => {
  it.each<[source: string, position: number, unexpected: string]>([
    ['01', 1, `'1'`],
    ['-01', 2, `'1'`],
    ['1.x', 2, `'x'`],
    ['[1.]', 3, `']'`],
    ['[.5]', 1, `'.'`],
    ['+1', 0, `'+'`],
    ['-a', 1, `'a'`],
    ['[-]', 2, `']'`],
    ['1e+x', 3, `'x'`],
    ['1ex', 2, `'x'`],
    ['1.5.5', 3, `'.'`],
    ['1e5e5', 3, `'e'`],
    ['1-1', 1, `'-'`],
    ['NaN', 0, `'N'`],
    ['Infinity', 0, `'I'`],
    ['-Infinity', 1, `'I'`],
    ['undefined', 0, `'u'`],
    ['nul!', 3, `'!'`],
    ['nan', 1, `'a'`],
    ['True', 0, `'T'`],
    ['truefalse', 4, `'f'`],
    ['[1,]', 3, `']'`],
    ['[,1]', 1, `','`],
    ['[1 2]', 3, `'2'`],
    ['[1}', 2, `'}'`],
    ['{"a":1]', 6, `']'`],
    ['{"a":1,}', 7, `'}'`],
    ['{,}', 1, `','`],
    ['{a:1}', 1, `'a'`],
    ["{'a':1}", 1, `'''`],
    ['{"a" 1}', 5, `'1'`],
    ['{"a":}', 5, `'}'`],
    ['{"a"::1}', 5, `':'`],
    ['{"a":1 "b"}', 7, `'"'`],
    ['{1:1}', 1, `'1'`],
    ['"\n"', 1, 'U+000A'],
    ['"\u0000"', 1, 'U+0000'],
    ['{"a\t":1}', 3, 'U+0009'],
    ['"\\x"', 2, `'x'`],
    ['"\\u12G4"', 5, `'G'`],
    ['"\\u"', 3, `'"'`],
    ['"\\U0041"', 2, `'U'`],
    ['\ufeff1', 0, 'U+FEFF'],
    ['\u00a01', 0, 'U+00A0'],
    ['\f1', 0, 'U+000C'],
    ['1 /* one */', 2, `'/'`],
    ['// one\n1', 0, `'/'`],
    ['1 1', 2, `'1'`],
    ['{}{}', 2, `'{'`],
    ['[]]', 2, `']'`],
    ['"a" b', 4, `'b'`],
    ['Sure! Here it is: {}', 0, `'S'`],
    ['{"a":1}\n```', 8, "'`'"],
  ])('%j is refused at %i', (source, position, unexpected) => {
    expect(() => JSON.parse(source) as unknown).toThrow(SyntaxError);
    const whole = snapshotsOf([source]).error as OutputError;

    expect(errorOf(source)).toMatchObject({ reason: 'syntax', position });
    expect(whole.problem).toBe(`is not JSON: unexpected ${unexpected} at character ${position}`);
    expect(errorOf(source).message).toBe(whole.message);
    // At once, whatever follows, and not a character sooner.
    expect(record(concat(of(source.slice(0, position + 1)), NEVER).pipe(partialJson())).ending).toBe('error');
    expect(record(concat(of(source.slice(0, position)), NEVER).pipe(partialJson())).ending).toBe('none');
  });

  it.each(['01', '1.x', '-a', '"\\u12G4"', '"\n"', '"\\x"', '{"a":1,}', "{'a':1}", '{"a" 1}', '[1 2]', '1 1', '1ex'])(
    '%j is refused where JSON.parse refuses it',
    (source) => {
      const { message } = thrownBy(() => JSON.parse(source) as unknown) as SyntaxError;

      expect(Number(/position (\d+)/.exec(message)?.[1])).toBe(errorOf(source).position);
    },
  );

  it.each([
    '',
    ' ',
    '{',
    '[1',
    '"a',
    '"\\',
    '"\\u00',
    '{"a"',
    '{"a":',
    '{"a":1,',
    '-',
    '1.',
    '1e',
    '1e-',
    'tru',
    '[[]',
  ])('%j is not whole', (source) => {
    expect(() => JSON.parse(source) as unknown).toThrow(SyntaxError);
    expect(errorOf(source)).toMatchObject({ _tag: 'OutputError', reason: 'incomplete', position: source.length });
  });

  it('says so where there was nothing at all', () => {
    expect(errorOf('').message).toBe('the output is not what was asked for: it is empty');
    expect(errorOf('[1,').message).toBe('the output is not what was asked for: 1 breaks off before its end');
    expect(errorOf('[1 ').message).toBe('the output is not what was asked for: it breaks off before its end');
  });

  it('says that it begins with a code fence', () => {
    expect(errorOf('\n```json\n{}\n```').message).toBe(
      'the output is not what was asked for: it is not JSON: it begins with a code fence; ask the model for JSON alone',
    );
  });

  it.each([
    ['{"a":{"b":[1,{"c":x', 'a.b.1.c'],
    ['{"a":{"b":[1,2 x', 'a.b'],
    ['{"a":[1,[2,"three\n', 'a.1.1'],
    ['{"a":1,"b\n', ''],
    ['{"a":[tru!', 'a.0'],
    ['{"a":-!', 'a'],
    ['[[],[[]', '1'],
  ])('says where %j is wrong', (source, path) => {
    expect(errorOf(source).path).toBe(path);
  });

  it('keeps a path that the model made long out of the message', () => {
    const { path, message } = errorOf(`{"${'k'.repeat(100_000)}":x`);

    expect(path).toHaveLength(100_000);
    expect(message.length).toBeLessThan(300);
  });

  it('has been shown as far as it was JSON, in the same delta, too', () => {
    const { values, error } = snapshotsOf(['{"a":1,"b":"c', 'd" oops']);

    expect(values.map(({ value }) => value)).toEqual([
      { a: 1, b: 'c' },
      { a: 1, b: 'cd' },
    ]);
    expect(error).toMatchObject({ reason: 'syntax', position: 16 });
  });
});

describe('bounds', () => {
  it('hold for depth', () => {
    const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);

    expect(snapshotsOf([nested(1_000)]).error).toBeUndefined();
    expect(snapshotsOf([nested(1_002)]).error).toEqual(new LimitError('maxDepth', 1_000));
    expect(snapshotsOf([nested(4)], { maxDepth: 3 }).error).toMatchObject({ option: 'maxDepth', limit: 3 });
  });

  it.each([10_000, 100_000])('may be taken off: %i levels are read and shown without recursion', (depth) => {
    const open = '[{"a":'.repeat(depth / 2);
    const pieces = [...piecesOf(open, [50_000]), '"x', 'y"', '}]'.repeat(depth / 2)];
    const { values, error } = snapshotsOf(pieces, { maxDepth: Infinity });
    const depthOf = (value: unknown): number => {
      let levels = 0;
      for (let at = value; typeof at === 'object' && at !== null; at = Object.values(at)[0]) levels += 1;
      return levels;
    };

    expect(error).toBeUndefined();
    expect(depthOf(values.at(-1)?.value)).toBe(depth);
    expect(depthOf(values.at(-2)?.value)).toBe(depth);
    // Six characters open two levels.
    expect(depthOf(values[0]?.value)).toBe(Math.min(depth, 2 * Math.ceil(50_000 / 6)));
    expect(snapshotsOf([open, 'x'], { maxDepth: Infinity }).error).toMatchObject({ reason: 'syntax' });
  });

  it('hold for the text', () => {
    expect(snapshotsOf(chars('"abc"'), { maxChars: 5 }).error).toBeUndefined();
    const { values, error } = snapshotsOf(chars('"abcd"'), { maxChars: 5 });

    expect(error).toEqual(new LimitError('maxChars', 5));
    expect(values.at(-1)?.value).toBe('abcd');
  });

  it.each<[options: object, option: string]>([
    [{ maxDepth: 0 }, 'maxDepth'],
    [{ maxChars: 1.5 }, 'maxChars'],
    [{ of: 'json' }, 'of'],
    [{ of: { toolCall: '' } }, 'of'],
    [{ of: null }, 'of'],
  ])('%j is refused at the call', (options, option) => {
    expect(thrownBy(() => partialJson(undefined, options))).toBeInstanceOf(InvalidOptionError);
    expect(thrownBy(() => partialJson(undefined, options))).toMatchObject({ option });
  });

  it.each([{}, { maxDepth: 5 }, null, 'text', 5])('%j in the place of the codec is refused at the call', (codec) => {
    for (const operator of [partialJson, partialJsonEither]) {
      expect(thrownBy(() => operator(codec as never))).toBeInstanceOf(InvalidOptionError);
      expect(thrownBy(() => operator(codec as never))).toMatchObject({ option: 'codec' });
    }
  });
});
