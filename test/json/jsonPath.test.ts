import fc from 'fast-check';
import { concat, from, map, NEVER, takeWhile } from 'rxjs';
import { type Delta, jsonPath, type JsonPath, partialJson } from 'rxllm';

import { call, end, start, text } from '../support/deltas.ts';
import { chars, follow, jsonTexts, piecesOf, sizes } from '../support/json.ts';
import { expectNoUncaughtError } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const growth = (source: string, path: JsonPath): readonly unknown[] => follow(chars(source), jsonPath(path)).values;

describe('jsonPath', () => {
  expectNoUncaughtError();

  it.each<[source: string, path: JsonPath, expected: readonly unknown[]]>([
    ['{"a":{"t":"xy","u":1},"t":2}', 'a.t', ['', 'x', 'xy']],
    ['{"a":[1,{"t":"x"}]}', 'a.1.t', ['', 'x']],
    ['{"a":[1,{"t":"x"}]}', ['a', 1], [{}, { t: '' }, { t: 'x' }]],
    ['{"a":12,"b":3}', 'a', [12]],
    ['{"a":null}', 'a', [null]],
    ['[[],[1]]', '1', [[], [1]]],
    ['"ab"', '', ['', 'a', 'ab']],
    ['12', [], [12]],
    ['{}', '', [{}]],
    ['{"a":1}', 'b', []],
    ['{"a":"x"}', 'a.0', []],
    ['{"a":1,"a":"z","a":1}', 'a', [1, '', 'z', 1]],
    ['{"a":[1],"a":{}}', 'a', [[], [1], {}]],
    ['{"b":{"a":1},"__proto__":{"a":2}}', '__proto__.a', [2]],
  ])('%s at %j', (source, path, expected) => {
    expect(growth(source, path)).toEqual(expected);
    expect(follow([source], jsonPath(path)).values).toEqual(expected.slice(-1));
  });

  it('follows what partialJson shows there, wherever the text is cut', () => {
    fc.assert(
      fc.property(jsonTexts, sizes, (inner, cuts) => {
        const source = `{"x":[{"y":1}],"a":[0,{"b":${inner} }],"b":{"a":2}}`;
        const pieces = piecesOf(source, cuts);
        const shown: string[] = [];
        from(pieces)
          .pipe(
            partialJson(),
            map(({ value }) => (value as { a?: { b?: unknown }[] } | undefined)?.a?.[1]),
          )
          .subscribe((at) => {
            if (at === undefined || !Object.hasOwn(at, 'b')) return;
            const json = JSON.stringify(at.b);
            if (shown.at(-1) !== json) shown.push(json);
          });
        const { values, error } = follow(pieces, jsonPath('a.1.b'));

        expect(error).toBeUndefined();
        const followed = values.map((value) => JSON.stringify(value));
        expect(followed.filter((json, at) => json !== followed[at - 1])).toEqual(shown);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the identity of what does not change', () => {
    const [, second, third] = follow(['{"a":[[1]', ',"x', 'y"],"b":0}'], jsonPath('a')).values as unknown[][];

    expect(third?.[0]).toBe(second?.[0]);
    expect(third).toEqual([[1], 'xy']);
  });

  it('makes nothing outside of its place', () => {
    const wide = Array.from({ length: 50_000 }, (_, index) => index).join(',');
    const pieces = [`{"wide":[${wide}],"t":"`, ...chars('x'.repeat(50_000)), '"}'];
    const startMs = workedMs();
    const { values } = follow(pieces, jsonPath('t'));

    expect(values).toHaveLength(50_001);
    expect(workedMs() - startMs).toBeLessThan(2_000);
  });

  it('ends as the document does', () => {
    expect(follow(['{"a":1,', 'x'], jsonPath('a'))).toMatchObject({ values: [1], error: { reason: 'syntax' } });
    expect(follow(['{"a":1,'], jsonPath('a'))).toMatchObject({ values: [1], error: { reason: 'incomplete' } });
  });

  it('may be left once another value begins', () => {
    const pieces$ = concat(from(['{"title":"Ra', 'in","text":"', 'long']), NEVER);
    const seen: unknown[] = [];
    const subscription = pieces$
      .pipe(
        jsonPath(''),
        map((value) => value as { readonly title?: string; readonly text?: string }),
        takeWhile(({ text: later }) => later === undefined),
      )
      .subscribe({ next: ({ title }) => seen.push(title), complete: () => seen.push('complete') });

    expect(seen).toEqual(['Ra', 'complete']);
    expect(subscription.closed).toBe(true);
  });

  it('grows once more after a retry or a redaction', () => {
    const retry = { ...start(), attempt: 2 } as Delta;
    const redact: Delta = { type: 'redact', choice: 0, part: 0, fromChar: 7, text: '*' };

    expect(
      follow([start(), text(0, '{"a":"x'), retry, text(0, '{"a":"x'), text(0, 'y"}'), end], jsonPath('a')).values,
    ).toEqual(['x', 'x', 'xy']);
    expect(follow([start(), text(0, '{"a":" x'), redact, text(0, 'y"}'), end], jsonPath('a')).values).toEqual([
      ' x',
      ' *',
      ' *y',
    ]);
  });

  it('reads arguments of tools', () => {
    const options = { of: { toolCall: 'f' } };

    expect(follow([call(0, { name: 'f', argumentsText: '{"a":1}' }), end], jsonPath('a', options)).values).toEqual([1]);
    expect(follow([call(0, { name: 'f' }), end], jsonPath('', options)).values).toEqual([{}]);
  });
});
