import { EMPTY, NEVER, of, Subject, tap, throwError } from 'rxjs';
import { type Completion, type Delta, stoppedBy } from 'rxllm';

import { call, end, finish, reduceAll, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record } from '../support/record.ts';

const said = (...deltas: readonly Delta[]): Completion => reduceAll([start(), ...deltas]);

const a = said(text(0, 'To'));
const b = said(text(0, 'To'), text(0, ' be'));
const e = said(text(0, 'To'), text(0, ' be'), finish('stop'), end);
const values = { a, b, e };

describe('stoppedBy', () => {
  it(
    'gives the last completion once more, leaves the source and completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a--b--e|', values);
      const stop = cold('  -----x--');

      expectObservable(source.pipe(stoppedBy(stop))).toBe('a--b-(b|)', values);
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(stop.subscriptions).toBe('^----!');
    }),
  );

  it(
    'completes without a value when it is stopped before the first',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('---a', values);

      expectObservable(source.pipe(stoppedBy(cold('--x')))).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }),
  );

  it(
    'does not even subscribe to the source when it is stopped from the outset',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a--b', values);

      expectObservable(source.pipe(stoppedBy(of('stop')))).toBe('|');
      expectSubscriptions(source.subscriptions).toBe([]);
    }),
  );

  it(
    'is the source as it is when nothing stops it, and lets go of stop$ with it',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const stop = hot('-----x');

      expectObservable(cold('a-b-(e|)', values).pipe(stoppedBy(stop))).toBe('a-b-(e|)', values);
      expectSubscriptions(stop.subscriptions).toBe('^---!');
      expectObservable(cold('a-|', values).pipe(stoppedBy(NEVER))).toBe('a-|', values);
      expectObservable(cold('a-|', values).pipe(stoppedBy(EMPTY))).toBe('a-|', values);
    }),
  );

  it(
    'passes on errors of the source and of stop$',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a------', values);

      expectObservable(cold('a-#', values, 'broken').pipe(stoppedBy(NEVER))).toBe('a-#', values, 'broken');
      expectObservable(source.pipe(stoppedBy(cold('---#', {}, 'broken')))).toBe('a--#', values, 'broken');
      expectObservable(source.pipe(stoppedBy(throwError(() => 'broken')))).toBe('#', values, 'broken');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'lets go of both when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a------', values);
      const stop = cold('-------x');

      expectObservable(source.pipe(stoppedBy(stop)), '^--!').toBe('a---', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(stop.subscriptions).toBe('^--!');
    }),
  );

  it(
    'stops once, however often it is told to, and afresh for each subscriber',
    marbles(({ cold, expectObservable }) => {
      const stopped = cold('a--b--', values).pipe(stoppedBy(cold('--xxx')));

      expectObservable(stopped).toBe('a-(a|)', values);
      expectObservable(stopped, '---^').toBe('---a-(a|)', values);
    }),
  );

  it('leaves an unfinished tool call cut short, and the answer not ended', () => {
    const stop = new Subject<void>();
    const source = new Subject<Completion>();
    const seen: Completion[] = [];
    source.pipe(stoppedBy(stop)).subscribe((completion) => seen.push(completion));
    source.next(said(call(0, { id: 'c1', name: 'f', argumentsText: '' })));
    stop.next();

    expect(seen).toMatchObject([
      { toolCalls: [{ status: 'streaming' }] },
      { toolCalls: [{ status: 'cut-short', name: 'f' }], ended: false },
    ]);
    expect(source.observed).toBe(false);
    expect(stop.observed).toBe(false);
  });

  it('gives the same object again where there is nothing to settle', () => {
    const stop = new Subject<void>();
    const { values: seen } = record(of(a, b).pipe(stoppedBy(stop)));
    expect(seen).toEqual([a, b]);

    // Stopped by its own consumer, in the middle of a value.
    const stopped = new Subject<void>();
    const recorded = record(
      of(a, b, e).pipe(
        stoppedBy(stopped),
        tap(() => {
          stopped.next();
        }),
      ),
    );
    expect(recorded).toEqual({ values: [a, a], ending: 'complete' });
    expect(recorded.values[1]).toBe(recorded.values[0]);
  });
});
