import { EMPTY, from, NEVER, take, throwError } from 'rxjs';
import { textOf } from 'rxllm';

import { end, finish, partStart, reasoning, refusal, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { endless, record } from '../support/record.ts';

const deltas = [
  start(),
  reasoning(0, 'Hm'),
  partStart(1, 'text'),
  text(1, 'Hel'),
  text(0, 'Bon', 1),
  text(1, 'lo'),
  refusal(2, 'No'),
  text(3, '!'),
  finish('stop'),
  end,
];

describe('textOf', () => {
  it('gives the text of choice 0, whatever part it is of', () => {
    expect(record(from(deltas).pipe(textOf()))).toEqual({ values: ['Hel', 'lo', '!'], ending: 'complete' });
  });

  it('gives the text of another choice', () => {
    expect(record(from(deltas).pipe(textOf(1))).values).toEqual(['Bon']);
    expect(record(from(deltas).pipe(textOf(2))).values).toEqual([]);
  });

  it('stays silent, completes and fails with its source', () => {
    expect(record(NEVER.pipe(textOf()))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(textOf()))).toEqual({ values: [], ending: 'complete' });
    expect(record(throwError(() => 'boom').pipe(textOf()))).toMatchObject({ ending: 'error', error: 'boom' });
  });

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-a-', { a: text(0, 'a'), b: reasoning(0, 'b') });
      const unsub = '      ----!  ';
      const subs = '       ^---!  ';
      const expected = '   -a-----';

      expectObservable(source.pipe(textOf()), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless(text(0, 'a'));
    record(from(source).pipe(textOf(), take(2)));

    expect(pulled()).toBe(2);
  });
});
