import fc from 'fast-check';

import { AppendOnlyList } from '../../src/internal/AppendOnlyList.ts';

const listOf = <T>(...items: T[]): AppendOnlyList<T> => AppendOnlyList.empty<T>().append(items);

describe('AppendOnlyList', () => {
  it('begins empty', () => {
    const list = AppendOnlyList.empty<string>();

    expect(list.length).toBe(0);
    expect(list.toArray()).toEqual([]);
    expect([...list]).toEqual([]);
    expect(list.at(0)).toBeUndefined();
    expect(list.at(-1)).toBeUndefined();
  });

  it('grows by what is appended, and stays as it was', () => {
    const one = listOf('a');
    const three = one.append(['b', 'c']);

    expect(one.toArray()).toEqual(['a']);
    expect(three.toArray()).toEqual(['a', 'b', 'c']);
    expect(one.length).toBe(1);
    expect([...one]).toEqual(['a']);
  });

  it('is the same list when nothing is appended', () => {
    const list = listOf('a');

    expect(list.append([])).toBe(list);
  });

  it('reads items from either end, and none beyond', () => {
    const older = listOf('a', 'b');
    older.append(['c']);

    expect([0, 1, 2, -1, -2, -3].map((index) => older.at(index))).toEqual(['a', 'b', undefined, 'b', 'a', undefined]);
  });

  it('branches: two lists grown from one do not meet', () => {
    const root = listOf('a');
    const left = root.append(['l']);
    const right = root.append(['r']);

    expect([root, left, right].map((list) => list.toArray())).toEqual([['a'], ['a', 'l'], ['a', 'r']]);
    expect(right.append(['x']).toArray()).toEqual(['a', 'r', 'x']);
    expect(left.toArray()).toEqual(['a', 'l']);
  });

  it('gives arrays that the caller may change', () => {
    const list = listOf('a', 'b');
    list.toArray().push('c');
    list.toArray()[0] = 'z';

    expect(list.append(['d']).toArray()).toEqual(['a', 'b', 'd']);
  });

  it('keeps nothing of an array that was appended', () => {
    const items = ['a'];
    const list = listOf<string>().append(items);
    items.push('b');
    items[0] = 'z';

    expect(list.toArray()).toEqual(['a']);
  });

  it('stays as it was while it is iterated over and grows', () => {
    let list = listOf(1);
    const seen: number[] = [];
    for (const item of list) {
      seen.push(item);
      list = list.append([item + 1]);
    }
    expect(seen).toEqual([1]);
  });

  it('is an array in JSON', () => {
    expect(JSON.stringify({ list: listOf('a', 'b') })).toBe('{"list":["a","b"]}');
    expect(JSON.stringify(AppendOnlyList.empty())).toBe('[]');
  });

  it('is made from any iterable, and from one of its own kind without a copy', () => {
    const list = listOf('a');

    expect(AppendOnlyList.from(list)).toBe(list);
    expect(AppendOnlyList.from(['a', 'b']).toArray()).toEqual(['a', 'b']);
    expect(AppendOnlyList.from(new Set(['a'])).toArray()).toEqual(['a']);
    expect(AppendOnlyList.from(undefined).length).toBe(0);
  });

  it('equals a list of the same items for jest, and no other', () => {
    const older = listOf('a');
    older.append(['b']);

    expect(older).toEqual(listOf('a'));
    expect(older).toStrictEqual(listOf('a'));
    expect(older).not.toEqual(listOf('b'));
    expect(older).not.toEqual(listOf('a', 'b'));
    expect(older).not.toEqual(AppendOnlyList.empty());
    expect({ nested: [listOf({ deep: 1 })] }).toEqual({ nested: [listOf({ deep: 1 })] });
    expect({ nested: [listOf({ deep: 1 })] }).not.toEqual({ nested: [listOf({ deep: 2 })] });
  });

  it('can be frozen and still grown', () => {
    const list = Object.freeze(listOf('a'));

    expect(
      Object.freeze(list.append(['b']))
        .append(['c'])
        .toArray(),
    ).toEqual(['a', 'b', 'c']);
  });

  it('never changes a view that was handed out, whichever view is appended to', () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.array(fc.nat(), { maxLength: 4 })), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (appends) => {
        const views: { list: AppendOnlyList<number>; items: readonly number[] }[] = [
          { list: AppendOnlyList.empty(), items: [] },
        ];
        for (const [which, more] of appends) {
          const { list, items } = views[which % views.length]!;
          views.push({ list: list.append(more), items: [...items, ...more] });
        }
        for (const { list, items } of views) {
          expect(list.toArray()).toEqual(items);
          expect([...list]).toEqual(items);
          expect(list.length).toBe(items.length);
          expect(list.at(-1)).toBe(items.at(-1));
        }
      }),
    );
  });
});
