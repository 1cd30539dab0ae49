import { from, type OperatorFunction } from 'rxjs';
import { type Delta, jsonItems, jsonPath, type JsonSnapshot, partialJson } from 'rxllm';

import { call } from '../support/deltas.ts';
import { piecesOf } from '../support/json.ts';
import { workedMs } from '../support/workedMs.ts';

type Pieces = readonly (Delta | string)[];
type Operator = OperatorFunction<Delta | string, unknown>;

/**
 * Counts what is looked at and copied while `work` runs: characters, and entries of arrays and objects. Unlike time it is
 * the same in every run. (Appending to a string copies nothing until somebody looks at the result.)
 */
const countWork = (work: () => void): number => {
  let count = 0;
  const { charCodeAt, charAt, slice } = String.prototype;
  const arraySlice = Array.prototype.slice;
  const { assign, keys } = Object;
  try {
    String.prototype.charCodeAt = function (at) {
      count += 1;
      return charCodeAt.call(this, at);
    };
    String.prototype.charAt = function (at) {
      count += 1;
      return charAt.call(this, at);
    };
    String.prototype.slice = function (...range) {
      const piece = slice.apply(this, range);
      count += piece.length;
      return piece;
    };
    Array.prototype.slice = function (...range) {
      const copy = arraySlice.apply(this, range) as unknown[];
      count += copy.length;
      return copy;
    };
    Object.assign = (target: object, ...sources: object[]) => {
      for (const source of sources) count += keys(source).length;
      return assign(target, ...sources) as never;
    };
    Object.keys = (value: object) => {
      const all = keys(value);
      count += all.length;
      return all;
    };
    work();
  } finally {
    Object.assign(String.prototype, { charCodeAt, charAt, slice });
    Array.prototype.slice = arraySlice;
    Object.assign = assign;
    Object.keys = keys;
  }
  return count;
};

const workOf = (pieces: Pieces, operator: Operator): number =>
  countWork(() => {
    from(pieces)
      .pipe(operator)
      .subscribe({ error: () => undefined });
  });

/** Fails where four times the input is more than four times the work. */
const expectInProportion = (
  count: number,
  piecesFor: (count: number) => Pieces,
  operator: Operator = partialJson(undefined, { maxDepth: Infinity }),
): void => {
  const once = workOf(piecesFor(count), operator);

  expect(once).toBeGreaterThan(count);
  // Numbers and the names of keys are longer in a longer document.
  expect(workOf(piecesFor(4 * count), operator)).toBeLessThan(5 * once);
};

const times = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(',');

/** Four characters at a time. */
const tokens = (text: string): string[] => piecesOf(text, [4]);

const texts: readonly (readonly [what: string, count: number, text: (count: number) => string])[] = [
  ['one string', 2_000, (count) => `"${'abcd'.repeat(count)}"`],
  ['one string of escapes', 1_000, (count) => `"${'\\ud83d\\ude00\\n'.repeat(count)}"`],
  ['one key', 2_000, (count) => `{"${'abcd'.repeat(count)}":1}`],
  ['one number', 2_000, (count) => '1234'.repeat(count)],
  ['white space', 2_000, (count) => `[${'    '.repeat(count)}]`],
  ['one wide array', 2_000, (count) => `[${times(count, String)}]`],
  ['one wide array of objects', 1_000, (count) => `[${times(count, (index) => `{"id":${index}}`)}]`],
  ['one wide object', 1_000, (count) => `{${times(count, (index) => `"k${index}":${index}`)}}`],
  ['one wide object of numbers', 1_000, (count) => `{${times(count, (index) => `"${index}":${index}`)}}`],
  ['one key again and again', 2_000, (count) => `{${times(count, () => '"k":1')}}`],
  [
    'a wide object, all of it twice',
    1_000,
    (count) => `{${times(count, (index) => `"k${index}":${index}`)},${times(count, (index) => `"k${index}":"x"`)}}`,
  ],
  ['levels', 2_000, (count) => `${'['.repeat(count)}${']'.repeat(count)}`],
  ['a wide array around levels', 1_000, (count) => `[${times(count, () => '[[{"a":[]}]]')}]`],
];

describe('the cost of a document is in proportion to it', () => {
  it.each(texts)('%s', (_, count, text) => {
    expectInProportion(count, (size) => tokens(text(size)));
  });

  it.each(texts)('%s, for one who follows another place', (_, count, text) => {
    const pieces = (size: number): Pieces => ['{"a":', ...tokens(text(size)), ',"b":[1', ']}'];

    expectInProportion(count, pieces, jsonPath('b', { maxDepth: Infinity }));
    expectInProportion(count, pieces, jsonItems('b', { maxDepth: Infinity }));
  });

  it('items of an array', () => {
    expectInProportion(
      1_000,
      (size) => tokens(`{"rows":[${times(size, (index) => `{"id":${index}}`)}]}`),
      jsonItems('rows'),
    );
  });

  it('a string that is followed', () => {
    expectInProportion(2_000, (size) => tokens(`{"a":[1],"text":"${'abcd'.repeat(size)}"}`), jsonPath('text'));
  });

  it('arguments of a call whose name comes last', () => {
    expectInProportion(
      2_000,
      (size) => [
        ...tokens(`["${'abcd'.repeat(size)}"]`).map((argumentsText) => call(0, { argumentsText })),
        call(0, { name: 'f' }),
      ],
      partialJson(undefined, { of: { toolCall: 'f' } }),
    );
  });

  it('text of an answer', () => {
    expectInProportion(2_000, (size) =>
      tokens(`["${'abcd'.repeat(size)}"]`).map((text): Delta => ({ type: 'text', choice: 0, part: 0, text })),
    );
  });
});

describe('the cost of reading', () => {
  it('is that of what is open: a value for each of 100,000 deltas of a string', () => {
    const text = `{"done":[${times(50_000, String)}],"open":{"text":"${'abcd'.repeat(100_000)}"}}`;
    let read = 0;
    let doneBefore: unknown;
    let identities = 0;
    const startMs = workedMs();
    from(tokens(text))
      .pipe(partialJson())
      .subscribe((snapshot: JsonSnapshot<unknown>) => {
        // The wide array costs its width while it is open.
        const { value } = (read += 1) > 60_000 ? snapshot : { value: undefined };
        const { done } = (value ?? {}) as { readonly done?: unknown };
        if (done !== undefined && done !== doneBefore) identities += 1;
        doneBefore = done ?? doneBefore;
      });

    expect(read).toBeGreaterThan(140_000);
    // Once it is whole it is the same object for good.
    expect(identities).toBe(1);
    expect(workedMs() - startMs).toBeLessThan(5_000);
  });

  it('is not paid for what nobody reads: 100,000 snapshots of a wide array', () => {
    const snapshots: JsonSnapshot<unknown>[] = [];
    const startMs = workedMs();
    from(tokens(`[${times(100_000, String)}]`))
      .pipe(partialJson())
      .subscribe((snapshot) => snapshots.push(snapshot));
    const value = snapshots[50_000]?.value as readonly unknown[];

    expect(workedMs() - startMs).toBeLessThan(3_000);
    // Late, and still what was known then.
    expect(value.length).toBeLessThan(60_000);
    expect(value.at(-1)).toBe(value.length - 1);
    expect(snapshots.at(-1)?.value).toHaveLength(100_000);
  });
});
