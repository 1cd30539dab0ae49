import { defer, from, lastValueFrom, NEVER, type Observable, of, take, throwError } from 'rxjs';
import { accumulateDelta, type Delta, streamDeltas, TruncatedError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { hedge } from '../../src/combine/hedge.ts';
import { end, finish, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const values: Record<string, Delta> = { s: start(), t: text(0, 'a'), f: finish('stop'), e: end };
const error = new TruncatedError();
const last = new TruncatedError();

/** A cold source that is another stream for each subscription; the last of them for all that follow. */
const inTurn = (...streams: readonly Observable<Delta>[]): Observable<Delta> => {
  let count = 0;
  return defer(() => {
    count += 1;
    return streams[Math.min(count, streams.length) - 1] ?? NEVER;
  });
};

describe('hedge', () => {
  it(
    'asks again after afterMs without a token, and takes whichever begins first',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const one = cold('   s--------t', values);
      const oneSubs = '    ^------!';
      const two = cold('       s--t------(e|)', values);
      const twoSubs = '    ----^---------!';
      const expected = '   -------(st)---(e|)';

      expectObservable(inTurn(one, two).pipe(hedge({ afterMs: 4 }))).toBe(expected, values);
      expectSubscriptions(one.subscriptions).toBe(oneSubs);
      expectSubscriptions(two.subscriptions).toBe(twoSubs);
    }),
  );

  it(
    'lets another source join each time, where there is one',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const one = cold('   s------------', values);
      const oneSubs = '    ^----------!';
      const other = cold('     s------t---(e|)', values);
      const otherSubs = ['----^----------!', '--------^--!'];
      const expected = '   -----------(st)(e|)';

      expectObservable(one.pipe(hedge({ afterMs: 4, to: other, max: 3 }))).toBe(expected, values);
      expectSubscriptions(one.subscriptions).toBe(oneSubs);
      expectSubscriptions(other.subscriptions).toBe(otherSubs);
    }),
  );

  it.each(['openai', {}, null])('refuses %p to join', (to) => {
    expect(thrownBy(() => hedge({ afterMs: 4, to: to as never }))).toMatchObject({
      _tag: 'InvalidOptionError',
      option: 'to',
    });
  });

  it(
    'asks once when the answer begins in time, however slow it goes on',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--(st)---------(e|)', values);
      const subs = '       ^--------------!';
      const expected = '   --(st)---------(e|)';
      expectObservable(source.pipe(hedge({ afterMs: 4 }))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'lets the first attempt win when it begins after all, and leaves the second',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const one = cold('   s----(te|)', values);
      const two = cold('      s-------t', values);
      const twoSubs = '    ---^-!';
      const expected = '   -----(ste|)';
      expectObservable(inTurn(one, two).pipe(hedge({ afterMs: 3 }))).toBe(expected, values);
      expectSubscriptions(two.subscriptions).toBe(twoSubs);
    }),
  );

  it(
    'adds an attempt each afterMs, up to max in all',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s---------', values);
      const unsub = '      ^-----------!';
      const subs = ['      ^-----------!', '---^--------!', '------^-----!'];
      expectObservable(source.pipe(hedge({ afterMs: 3, max: 3 })), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'starts the next attempt at once when one fails early, and counts its time from there',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s-#', values, error);
      const quiet = cold<Delta>('   ---------');
      const token = cold('        t---|', values);
      const expected = '   -------t---|';
      expectObservable(inTurn(source, quiet, token).pipe(hedge({ afterMs: 5, max: 3 }))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(quiet.subscriptions).toBe('--^----!');
      expectSubscriptions(token.subscriptions).toBe('-------^---!');
    }),
  );

  it(
    'fails once all attempts have, with the error of the last to fail',
    marbles(({ cold, expectObservable }) => {
      const one = cold('  --------#', values, last);
      const two = cold('     --#', values, error);
      const expected = '  --------#';
      expectObservable(inTurn(one, two).pipe(hedge({ afterMs: 3 }))).toBe(expected, values, last);
    }),
  );

  it(
    'takes an answer without a token for an answer: none is asked for after it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-(sfe|)', values);
      const expected = '   -(sfe|)';
      expectObservable(source.pipe(hedge({ afterMs: 5 }))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(['^!']);
    }),
  );

  it(
    'waits for the attempts under way when one ends without a token',
    marbles(({ cold, expectObservable }) => {
      const one = cold('  ----(sfe|)', values);
      const two = cold('    -----(te|)', values);
      const expected = '  -------(te|)';
      expectObservable(inTurn(one, two).pipe(hedge({ afterMs: 2, max: 9 }))).toBe(expected, values);
    }),
  );

  it(
    'is the source itself with max 1',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-#', values, error);
      expectObservable(source.pipe(hedge({ afterMs: 1, max: 1 }))).toBe('---#', values, error);
      expectSubscriptions(source.subscriptions).toBe(['^--!']);
    }),
  );

  it(
    'has attempts of its own for each subscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s------(t|)', values);
      const hedged = source.pipe(hedge({ afterMs: 4 }));
      expectObservable(hedged).toBe('-------(st|)', values);
      expectSubscriptions(source.subscriptions).toBe(['^------!', '----^--!']);
    }),
  );

  it('goes through attempts that fail on subscription', () => {
    expect(record(throwError(() => error).pipe(hedge({ afterMs: 5, max: 100 })))).toMatchObject({ error });
    expect(
      record(
        inTurn(
          throwError(() => error),
          of(text(0, 'a')),
        ).pipe(hedge({ afterMs: 5 })),
      ).values,
    ).toEqual([text(0, 'a')]);
  });

  it('pulls no more than is taken from a synchronous source', () => {
    const { source, pulled } = endless(text(0, 'a'));

    expect(record(from(source).pipe(hedge({ afterMs: 5 }), take(2))).values).toHaveLength(2);
    expect(pulled()).toBe(2);
  });

  it('refuses numbers that make no sense', () => {
    expect(thrownBy(() => hedge({ afterMs: -1 }))).toMatchObject({ option: 'afterMs' });
    expect(thrownBy(() => hedge({ afterMs: Infinity }))).toMatchObject({ option: 'afterMs' });
    expect(thrownBy(() => hedge({ afterMs: 1, max: 0 }))).toMatchObject({ option: 'max' });
    expect(thrownBy(() => hedge({ afterMs: 1, max: Infinity }))).toMatchObject({ option: 'max' });
  });

  it('closes the socket of the attempt that lost', async () => {
    const { baseUrl, requests } = await provider({
      replies: (_, count) => (count === 0 ? { headMs: 60_000 } : { deltas: answer({ text: 'Here' }), frameMs: 20 }),
    });
    const request = { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] } };
    const completion$ = streamDeltas(openAiChat, request).pipe(hedge({ afterMs: 20 }), accumulateDelta());

    expect((await lastValueFrom(completion$)).text).toBe('Here');
    await until(() => requests.every(({ endedBy }) => endedBy !== undefined), 'every request ends');
    expect(requests.map(({ endedBy }) => endedBy)).toEqual(['client', 'server']);
  });
});
