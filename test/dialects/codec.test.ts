import * as t from 'io-ts';

import { nullable, openUnion } from '../../src/dialects/codec.ts';

describe('nullable', () => {
  const codec = nullable(t.number);

  it.each([5, null])('takes %p', (value) => {
    expect(codec.is(value)).toBe(true);
  });

  it.each(['5', undefined, {}])('refuses %p', (value) => {
    expect(codec.is(value)).toBe(false);
  });
});

describe('openUnion', () => {
  const Shape = openUnion('Shape', {
    circle: t.type({ type: t.literal('circle'), radius: t.number }),
    square: t.intersection([t.type({ type: t.literal('square') }), t.partial({ side: t.number })]),
  });

  it.each<[string, unknown]>([
    ['a case', { type: 'circle', radius: 1 }],
    ['a case with more fields', { type: 'circle', radius: 1, colour: 'red' }],
    ['a case of an intersection', { type: 'square' }],
    ['a tag that is not listed', { type: 'hexagon', radius: 'any' }],
    ['a tag that every object has', { type: 'constructor' }],
    ['another such tag', { type: '__proto__' }],
  ])('takes %s', (_, value) => {
    expect(Shape.is(value)).toBe(true);
    expect(Shape.decode(value)).toEqual({ _tag: 'Right', right: value });
  });

  it.each<[string, unknown]>([
    ['a case of another shape', { type: 'circle', radius: '1' }],
    ['a case of an intersection of another shape', { type: 'square', side: '1' }],
    ['no tag', { radius: 1 }],
    ['a tag that is no text', { type: 5 }],
    ['no object', 'circle'],
    ['null', null],
    ['an array', []],
  ])('refuses %s', (_, value) => {
    expect(Shape.is(value)).toBe(false);
    expect(Shape.decode(value)._tag).toBe('Left');
  });

  it('lets what it took through untouched', () => {
    const value = { type: 'circle', radius: 1, colour: 'red' };
    const decoded = Shape.decode(value);

    expect(decoded._tag === 'Right' && decoded.right).toEqual(value);
    expect(Shape.encode({ type: 'circle', radius: 1 })).toEqual({ type: 'circle', radius: 1 });
  });
});
