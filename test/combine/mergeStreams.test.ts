import { expectTypeOf } from 'expect-type';
import { EMPTY, from, NEVER, type Observable, of, Subject, take, throwError } from 'rxjs';
import { type Delta, streamDeltas } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { type KeyedDelta, mergeStreams } from '../../src/combine/mergeStreams.ts';
import { end, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record } from '../support/record.ts';

expectNothingUncaught();

const values: Record<string, Delta> = { s: start(), t: text(0, 'a'), e: end };
const error = new Error('mine');

describe('mergeStreams', () => {
  it(
    'tags what arrives, gives an error as a value, and goes on',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  s--t--t|', values);
      const b = cold('  -s--#', values, error);
      const expected = 'ab-cx-c|';

      expectObservable(mergeStreams({ a, b })).toBe(expected, {
        a: { key: 'a', delta: values['s'] },
        b: { key: 'b', delta: values['s'] },
        c: { key: 'a', delta: values['t'] },
        x: { key: 'b', error },
      });
      expectSubscriptions(a.subscriptions).toBe('^------!');
      expectSubscriptions(b.subscriptions).toBe('^---!');
    }),
  );

  it(
    'leaves every stream when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  s------', values);
      const subs = '    ^---!';
      expectObservable(mergeStreams({ a, b: a }).pipe(take(0))).toBe('|');
      expectObservable(mergeStreams({ a }), subs).toBe('a', { a: { key: 'a', delta: values['s'] } });
      expectSubscriptions(a.subscriptions).toBe(subs);
    }),
  );

  it('completes at once without streams, and not while one is silent', () => {
    expect(record(mergeStreams({}))).toEqual({ values: [], ending: 'complete' });
    expect(record(mergeStreams({ a: NEVER, b: EMPTY })).ending).toBe('none');
  });

  it('works with synchronous streams, endless ones too, again and again', () => {
    const { source, pulled } = endless(start());
    const merged = mergeStreams({ a: of(start()), b: throwError(() => error), c: of(end) });

    expect(record(merged)).toEqual(record(merged));
    expect(record(merged).values.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(record(mergeStreams({ a: from(source) }).pipe(take(2))).values).toHaveLength(2);
    expect(pulled()).toBe(2);
  });

  it('passes on what a value makes another stream emit', () => {
    const b = new Subject<Delta>();
    const a = new Subject<Delta>();
    const keys: string[] = [];
    mergeStreams({ a, b }).subscribe(({ key }) => {
      if (keys.push(key) === 1) b.next(end);
    });
    a.next(start());

    expect(keys).toEqual(['a', 'b']);
  });

  it('types keys, and values by what they hold', () => {
    const merged = mergeStreams({ a: of(start()), b: NEVER });
    expectTypeOf(merged).toEqualTypeOf<Observable<KeyedDelta<'a' | 'b'>>>();
    merged.subscribe((value) => {
      if ('delta' in value) expectTypeOf(value.delta).toEqualTypeOf<Delta>();
      else expectTypeOf(value.error).toBeUnknown();
    });
  });

  it('closes the sockets of all', async () => {
    const { baseUrl, requests } = await provider({ replies: [{ deltas: answer({ text: 'To be' }), frameMs: 60_000 }] });
    const ask = streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] } });
    const keys = new Set<string>();
    const subscription = mergeStreams({ a: ask, b: ask }).subscribe(({ key }) => keys.add(key));
    await until(() => keys.size === 2);

    subscription.unsubscribe();

    await until(() => requests.every(({ endedBy }) => endedBy === 'client'), 'the close', 500);
  });
});
