import fc from 'fast-check';

import { ArgumentsWriter } from '../../../src/dialects/gemini/ArgumentsWriter.ts';
import type { GeminiPartialArg } from '../../../src/dialects/gemini/codec.ts';

import { workedMs } from '../../support/workedMs.ts';

const written = (...fragments: readonly GeminiPartialArg[]): string => {
  const writer = new ArgumentsWriter();
  return fragments.map((fragment) => writer.write(fragment)).join('') + writer.end();
};

const number = (jsonPath: string, numberValue = 1): GeminiPartialArg => ({ jsonPath, numberValue });

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** The fragments that a server would send for a value, text in pieces. */
const fragmentsOf = (value: unknown, path: string, pieceChars: number): GeminiPartialArg[] => {
  if (value === null) return [{ jsonPath: path, nullValue: null }];
  if (typeof value === 'number') return [{ jsonPath: path, numberValue: value }];
  if (typeof value === 'boolean') return [{ jsonPath: path, boolValue: value }];
  if (typeof value === 'string') {
    const pieces = Array.from({ length: Math.floor(value.length / pieceChars) + 1 }, (_, at) =>
      value.slice(at * pieceChars, (at + 1) * pieceChars),
    );
    return pieces.map((stringValue, at) => ({
      jsonPath: path,
      stringValue,
      ...(at < pieces.length - 1 && { willContinue: true }),
    }));
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, at) => fragmentsOf(item, `${path}[${at}]`, pieceChars));
  }
  return Object.entries(value as object).flatMap(([name, item]) =>
    fragmentsOf(item, /^\w+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`, pieceChars),
  );
};

/** Objects and lists that are empty have no fragment, so there are none. */
const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { minLength: 1, maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.oneof(fc.constantFrom('a', 'b.c', '__proto__', 'd\'"]', '0'), fc.string()), tie('value'), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  }),
})).object;

describe('ArgumentsWriter', () => {
  it('writes any object that comes in fragments', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 5 }), (value, pieceChars) => {
        const text = written(...fragmentsOf(value, '$', pieceChars));

        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it('gives each piece at once', () => {
    const writer = new ArgumentsWriter();

    expect(writer.write({ jsonPath: '$.a', stringValue: 'Hel', willContinue: true })).toBe('{"a":"Hel');
    expect(writer.write({ jsonPath: '$.a', stringValue: 'l"o', willContinue: true })).toBe('l\\"o');
    expect(writer.write({ jsonPath: '$.a' })).toBe('"');
    expect(writer.write(number('$.b.c[0]', 5))).toBe(',"b":{"c":[5');
    expect(writer.end()).toBe(']}}');
  });

  it.each<[string, GeminiPartialArg[], string]>([
    ['nothing at all', [], ''],
    ['fragments that say nothing', [{}, { jsonPath: '$.a' }, { jsonPath: '$.a', stringValue: null }], ''],
    [
      'text whose end is not told',
      [{ jsonPath: '$.a', stringValue: 'x', willContinue: true }, number('$.b')],
      '{"a":"x","b":1}',
    ],
    ['text that is open at the end', [{ jsonPath: '$.a', stringValue: 'x', willContinue: true }], '{"a":"x"}'],
    [
      'text that ends with an empty piece',
      [
        { jsonPath: '$.a', stringValue: 'x', willContinue: true },
        { jsonPath: '$.a', stringValue: '' },
      ],
      '{"a":"x"}',
    ],
    [
      'names in single quotes',
      [number("$['a b']"), number("$['it\\'s']"), number("$['\"']")],
      '{"a b":1,"it\'s":1,"\\"":1}',
    ],
    ['null under its name of old', [{ jsonPath: '$.a', nullValue: 'NULL_VALUE' }], '{"a":null}'],
    [
      'fields that are null',
      [{ jsonPath: '$.a', stringValue: null, numberValue: 2, boolValue: null, nullValue: null }],
      '{"a":2}',
    ],
  ])('of %s makes the text', (_, fragments, text) => {
    expect(written(...fragments)).toBe(text);
  });

  it.each<[string, GeminiPartialArg[]]>([
    ['no way', [{ numberValue: 1 }]],
    ['a way from nowhere', [number('a')]],
    ['the whole', [number('$')]],
    ['a list as a whole', [number('$[0]')]],
    ['a list with gaps', [number('$.a[1]')]],
    ['an index beyond reason', [number('$.a[0]'), number(`$.a[${'9'.repeat(400)}]`)]],
    ['a name in a list', [number('$.a[0]'), number('$.a.b')]],
    ['an index in an object', [number('$.a.b'), number('$.a[0]')]],
    ['a name that comes twice', [number('$.a'), number('$.a')]],
    ['an object that has ended', [number('$.a.x'), number('$.b'), number('$.a.y')]],
    ['a number where text is under way', [{ jsonPath: '$.a', stringValue: 'x', willContinue: true }, number('$.a')]],
    ['text where a number was', [number('$.a'), { jsonPath: '$.a', stringValue: 'x' }]],
    ['half a way', [number('$.a[')]],
    ['a way that is not closed', [number("$['a")]],
    ['a bad escape', [number('$["\\x"]')]],
    ['two dots', [number('$..a')]],
  ])('that speak of %s make no JSON, and nothing after them does', (_, fragments) => {
    const text = written(...fragments, number('$.z'));

    expect(text).not.toBe('');
    expect(isJson(text)).toBe(false);
  });

  it('takes names of every object for names like any other', () => {
    const text = written(
      number('$.__proto__.polluted'),
      number('$.constructor.prototype.polluted'),
      number('$.toString'),
    );

    expect(text).toBe('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('takes a way of any depth, in linear time', () => {
    const startMs = workedMs();
    for (const path of [`$${'.a'.repeat(100_000)}`, `$.a${'[0]'.repeat(100_000)}`, `$['${'a'.repeat(300_000)}`]) {
      expect(written(number(path))).not.toBe('');
    }

    expect(workedMs() - startMs).toBeLessThan(2_000);
  });

  it('takes arguments that come in one piece, unless pieces came before', () => {
    const first = new ArgumentsWriter();
    expect([first.whole('{"a":1}'), first.write(number('$.b')), first.end()]).toEqual(['{"a":1}', '', '']);

    const second = new ArgumentsWriter();
    expect([second.write(number('$.b')), second.whole('{"a":1}'), second.end()]).toEqual(['{"b":1', '', '}']);
  });

  it.each<[string, (writer: ArgumentsWriter) => string]>([
    ['without a word', () => ''],
    ['with a fragment', (writer) => writer.write(number('$.a'))],
    ['with a contradiction', (writer) => writer.write(number('a'))],
    ['with its arguments in one piece', (writer) => writer.whole('{"a":1}')],
  ])('that is cut %s is no JSON', (_, write) => {
    const writer = new ArgumentsWriter();

    expect(isJson(write(writer) + writer.cut())).toBe(false);
  });
});
