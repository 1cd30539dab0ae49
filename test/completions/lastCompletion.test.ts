import { concat, EMPTY, NEVER, of, throwError } from 'rxjs';
import { lastCompletion, TruncatedError } from 'rxllm';

import { end, finish, reduceAll, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record } from '../support/record.ts';

const completions = {
  0: reduceAll([start()]),
  1: reduceAll([start(), text(0, 'Hi')]),
  2: reduceAll([start(), text(0, 'Hi'), finish('stop'), end]),
};

describe('lastCompletion', () => {
  it(
    'gives the last one, once there is no more',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-0-1-2-|   ', completions);
      const subs = '       ^------!   ';
      const expected = '   -------(2|)';

      expectObservable(source.pipe(lastCompletion())).toBe(expected, completions);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves, and gives nothing',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-0-1-2-', completions);
      const unsub = '      ----!  ';
      const subs = '       ^---!  ';
      const expected = '   -------';

      expectObservable(source.pipe(lastCompletion()), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('gives nothing of an empty source, nor of a silent one', () => {
    expect(record(EMPTY.pipe(lastCompletion()))).toEqual({ values: [], ending: 'complete' });
    expect(record(concat(of(completions[0]), NEVER).pipe(lastCompletion()))).toEqual({ values: [], ending: 'none' });
  });

  it('passes an error on, alone: what there was is in its partial', () => {
    const error = new TruncatedError().withPartial(completions[1]);
    const failed = concat(
      of(completions[1]),
      throwError(() => error),
    );

    expect(record(failed.pipe(lastCompletion()))).toEqual({ values: [], ending: 'error', error });
  });
});
