import { expectTypeOf } from 'expect-type';
import { concat, from, lastValueFrom, NEVER, type Observable, of, take, throwError } from 'rxjs';
import { accumulateDelta, type Completion, reduceDelta, streamCompletion, TruncatedError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { latestCompletions, type LatestCompletions } from '../../src/combine/latestCompletions.ts';
import { call, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record } from '../support/record.ts';

expectNothingUncaught();

const saying = (words: string): Completion => reduceDelta(undefined, text(0, words));
const values = { 1: saying('a'), 2: saying('ab') };
const error = new TruncatedError();
const none = { completion: undefined, error: undefined, isDone: false };

describe('latestCompletions', () => {
  it(
    'gives the latest of every key after each change, errors as values, and completes when all are done',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('  1--2--|', values);
      const b = cold('  -1--#', values, error);
      const expected = 'vw-xy-(z|)';
      const one = { ...none, completion: values[1] };
      const two = { ...none, completion: values[2] };
      const failed = { completion: values[1], error, isDone: true };

      expectObservable(latestCompletions({ a, b })).toBe(expected, {
        v: { a: one, b: none },
        w: { a: one, b: one },
        x: { a: two, b: one },
        y: { a: two, b: failed },
        z: { a: { ...two, isDone: true }, b: failed },
      });
      expectSubscriptions(a.subscriptions).toBe('^-----!');
      expectSubscriptions(b.subscriptions).toBe('^---!');
    }),
  );

  it('keeps the identity of what has not changed', () => {
    const { values: seen } = record(latestCompletions({ a: of(values[1]), b: of(values[1], values[2]) }));

    expect(new Set(seen.slice(1).map(({ a }) => a)).size).toBe(1);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('leaves no tool call streaming in an answer that failed', () => {
    const calling = concat(
      of(call(0, { id: 'c1', name: 'f', argumentsText: '{' })),
      throwError(() => error),
    ).pipe(accumulateDelta());
    const { values: seen } = record(latestCompletions({ a: calling }));

    expect(seen.map(({ a }) => a.completion?.toolCalls[0]?.status)).toEqual(['streaming', 'cut-short']);
    expect(seen.at(-1)?.a.error).toMatchObject({ _tag: 'TruncatedError' });
  });

  it('says of an empty stream that it is done, and completes at once without streams', () => {
    expect(record(latestCompletions({ a: of<Completion>() }))).toEqual({
      values: [{ a: { ...none, isDone: true } }],
      ending: 'complete',
    });
    expect(record(latestCompletions({}))).toEqual({ values: [], ending: 'complete' });
    expect(record(latestCompletions({ a: NEVER }))).toEqual({ values: [], ending: 'none' });
  });

  it('begins afresh for each subscription, and pulls no more than is taken', () => {
    const latest = latestCompletions({ a: of(values[1], values[2]) });
    const { source, pulled } = endless(values[1]);

    expect(record(latest)).toEqual(record(latest));
    expect(record(latestCompletions({ a: from(source) }).pipe(take(2))).values).toHaveLength(2);
    expect(pulled()).toBe(2);
  });

  it('types its keys', () => {
    expectTypeOf(latestCompletions({ a: of(values[1]), b: NEVER })).toEqualTypeOf<
      Observable<LatestCompletions<'a' | 'b'>>
    >();
  });

  it('goes on with one when the other fails, and closes both sockets when left', async () => {
    const { baseUrl, requests } = await provider({
      replies: ({ body }) =>
        (body as { model: string }).model === 'none'
          ? { status: 404 }
          : {
              deltas: answer({
                text: (body as { model: string }).model === 'long' ? 'To be '.repeat(1_000) : 'To be or not',
              }),
              frameMs: 10,
            },
    });
    const ask = (model: string) =>
      streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body: { model, messages: [] } });
    const { good, bad } = await lastValueFrom(latestCompletions({ good: ask('some'), bad: ask('none') }));
    expect([good.completion?.text, good.isDone, good.error]).toEqual(['To be or not', true, undefined]);
    expect([bad.isDone, bad.error]).toMatchObject([true, { status: 404 }]);

    const before = requests.length;
    let isUnderWay = false;
    const subscription = latestCompletions({ one: ask('long'), two: ask('long') }).subscribe(({ one, two }) => {
      isUnderWay = (one.completion?.text ?? '') !== '' && (two.completion?.text ?? '') !== '';
    });
    await until(() => isUnderWay);
    subscription.unsubscribe();
    await until(() => requests.slice(before).every(({ endedBy }) => endedBy === 'client'), 'the close', 500);
  });
});
