import { EMPTY, from, NEVER, Subject, take, throwError } from 'rxjs';
import { type Delta, pickDeltas } from 'rxllm';

import { call, end, finish, reasoning, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { endless, record } from '../support/record.ts';

const deltas = [start(), reasoning(0, 'Hm'), text(1, 'Hi'), call(2, { id: 'c1', name: 'f' }), finish('stop'), end];

describe('pickDeltas', () => {
  it.each([
    [['text'], [text(1, 'Hi')]],
    [
      ['text', 'reasoning'],
      [reasoning(0, 'Hm'), text(1, 'Hi')],
    ],
    [
      ['finish', 'start'],
      [start(), finish('stop')],
    ],
    [['audio'], []],
    [[], []],
  ] as const)('gives those of the types %j, in their order', (types, expected) => {
    expect(record(from(deltas).pipe(pickDeltas(...(types as readonly Delta['type'][]))))).toEqual({
      values: expected,
      ending: 'complete',
    });
  });

  it('stays silent, completes and fails with its source', () => {
    expect(record(NEVER.pipe(pickDeltas('text')))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(pickDeltas('text')))).toEqual({ values: [], ending: 'complete' });
    expect(record(throwError(() => 'boom').pipe(pickDeltas('text')))).toMatchObject({ ending: 'error', error: 'boom' });
  });

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { t: text(0, 'Hi'), f: finish('stop') };
      const source = cold('-t-f-t-', values);
      const unsub = '      ----!  ';
      const subs = '       ^---!  ';
      const expected = '   -t-----';

      expectObservable(source.pipe(pickDeltas('text')), unsub).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless(end);
    record(from(source).pipe(pickDeltas('end'), take(2)));

    expect(pulled()).toBe(2);
  });

  it('may be used for many streams, also at once', () => {
    const pick = pickDeltas('end');
    const [one, two] = [new Subject<Delta>(), new Subject<Delta>()];
    const seen: string[] = [];
    one.pipe(pick).subscribe(() => seen.push('one'));
    two.pipe(pick).subscribe(() => seen.push('two'));
    for (const subject of [two, one, two]) subject.next(end);

    expect(seen).toEqual(['two', 'one', 'two']);
  });
});
