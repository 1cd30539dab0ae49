import { from, of, Subject, take } from 'rxjs';
import { type Delta, InvalidOptionError, StreamTimeoutError, timeouts, type TimeoutsOptions } from 'rxllm';

import { call, end, finish, other, partStart, reasoning, start, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record, thrownBy } from '../support/record.ts';

const values = {
  s: start(),
  p: partStart(0, 'text'),
  t: text(0, 'Hi'),
  r: reasoning(0, 'Hm'),
  c: call(0, { id: 'c1' }),
  o: other('x', 1),
  f: finish('stop'),
  g: finish('stop', 'stop', 1),
  u: text(0, 'Ho', 1),
  n: usage({ inputTokens: 1 }),
  e: end,
};
const stalled = (ms: number) => new StreamTimeoutError('stalled', ms);
const late = (ms: number) => new StreamTimeoutError('first-token', ms);

type Row = readonly [what: string, options: TimeoutsOptions, source: string, expected: string, error?: unknown];

const rows: readonly Row[] = [
  ['an answer in good time', { firstTokenMs: 5, stalledMs: 5 }, '--s-t---t-f-(e|)', '--s-t---t-f-(e|)'],
  ['no sign of life', { firstTokenMs: 4, stalledMs: 9 }, '--------', '----#', late(4)],
  ['no token, whatever else comes', { firstTokenMs: 4, stalledMs: 9 }, 's-po----', 's-po#', late(4)],
  ['a start alone keeps no clock from running', { firstTokenMs: 6, stalledMs: 2 }, 's-----t', 's-----#', late(6)],
  ['reasoning as the first token', { firstTokenMs: 4, stalledMs: 9 }, 's-r------t|', 's-r------t|'],
  ['a tool call as the first token', { firstTokenMs: 4, stalledMs: 9 }, 's-c------t|', 's-c------t|'],
  ['an empty answer', { firstTokenMs: 4, stalledMs: 9 }, 's--f----(e|)', 's--f----(e|)'],
  ['silence after a token', { firstTokenMs: 9, stalledMs: 3 }, 's-t------', 's-t--#', stalled(3)],
  ['any delta between tokens', { firstTokenMs: 9, stalledMs: 3 }, 's-t--o--n--t-----', 's-t--o--n--t--#', stalled(3)],
  ['the last token before a limit', { firstTokenMs: 9, stalledMs: 5 }, 't---t----', 't---t----#', stalled(5)],
  ['a stop reason, and silence', { firstTokenMs: 9, stalledMs: 3 }, 's-t-f------', 's-t-f--(e|)'],
  ['a stop reason, and usage just in time', { stalledMs: 3 }, 's-t-f--n-----', 's-t-f--n--(e|)'],
  ['one of two stop reasons', { stalledMs: 3, expectedChoices: 2 }, 's-t-f------', 's-t-f--#', stalled(3)],
  [
    'the stop reason of one of two choices that have begun',
    { stalledMs: 9, expectedChoices: 2 },
    's-(tu)f---',
    's-(tu)f 8ms #',
    stalled(9),
  ],
  ['a second choice nobody asked for', { stalledMs: 9 }, 's-(tu)f--', 's-(tu)f 8ms #', stalled(9)],
  ['both stop reasons', { stalledMs: 9, expectedChoices: 2 }, 's-(tufg)---', 's-(tufg)---(e|)'],
  ['no clock at all', { firstTokenMs: Infinity, stalledMs: Infinity }, `1s s 1s t ${'-'.repeat(20)}`, '1s s 1s t'],
  ['no clock for the first token', { firstTokenMs: Infinity, stalledMs: 3 }, '1s t----', '1s t--#', stalled(3)],
  ['no clock for the rest', { firstTokenMs: 3, stalledMs: Infinity }, 't 10s t|', 't 10s t|'],
];

describe('timeouts', () => {
  it.each(rows.map((row) => [row[0], row] as const))('stands over %s', (_, [, options, source, expected, error]) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold(source, values).pipe(timeouts(options))).toBe(expected, values, error);
    })();
  });

  it(
    'waits five minutes for the first token, and for any other, by default',
    marbles(({ cold, expectObservable }) => {
      const silent = cold('s', values).pipe(timeouts());
      const dead = cold('st', values).pipe(timeouts());

      expectObservable(silent).toBe('s 299999ms #', values, late(300_000));
      expectObservable(dead).toBe('st 299999ms #', values, stalled(300_000));
    }),
  );

  it(
    'passes on errors and completion at once, and leaves the source when time is up or its consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s-t-----', values);

      expectObservable(cold('s-#', values, 'broken').pipe(timeouts())).toBe('s-#', values, 'broken');
      expectObservable(cold('|', values).pipe(timeouts())).toBe('|');
      expectObservable(source.pipe(timeouts({ stalledMs: 2 }))).toBe('s-t-#', values, stalled(2));
      expectObservable(source.pipe(timeouts({ stalledMs: 4 })), '^--!').toBe('s-t-', values);
      expectSubscriptions(source.subscriptions).toBe(['^---!', '^--!']);
    }),
  );

  it('leaves a slow but steady stream of any length alone', () => {
    marbles(({ cold, expectObservable }) => {
      const steady = `s ${'4ms t '.repeat(200)}|`;

      expectObservable(cold(steady, values).pipe(timeouts({ firstTokenMs: 6, stalledMs: 6 }))).toBe(steady, values);
    })();
  });

  it('has one timer, whatever comes, and none once it is over', () => {
    const realSetInterval = globalThis.setInterval;
    const running = new Set<unknown>();
    let most = 0;
    let made = 0;
    globalThis.setInterval = ((handler: () => void, ms: number) => {
      const timer = realSetInterval(handler, ms);
      running.add(timer);
      made += 1;
      most = Math.max(most, running.size);
      return timer;
    }) as typeof setInterval;
    const realClear = globalThis.clearInterval;
    globalThis.clearInterval = (timer: unknown) => {
      running.delete(timer);
      realClear(timer as NodeJS.Timeout);
    };
    try {
      const source = new Subject<Delta>();
      const watched = source.pipe(timeouts());
      const enders = [() => source.complete(), () => source.error('broken')];
      const subscription = watched.subscribe();
      for (let count = 0; count < 1_000; count += 1) source.next(values.t);
      expect(running.size).toBe(1);
      expect(most).toBe(1);
      expect(made).toBe(2);
      subscription.unsubscribe();
      expect(running.size).toBe(0);

      for (const ender of enders) {
        watched.subscribe({ error: () => undefined });
        ender();
        expect(running.size).toBe(0);
      }
      record(from([start(), text(0, 'a'), end]).pipe(timeouts()));
      record(of(start(), text(0, 'a')).pipe(timeouts(), take(1)));
      expect(running.size).toBe(0);
    } finally {
      Object.assign(globalThis, { setInterval: realSetInterval, clearInterval: realClear });
    }
  });

  it.each([0, -1, NaN, -Infinity, '5', null])('refuses a limit of %s when it is built', (ms) => {
    for (const option of ['firstTokenMs', 'stalledMs']) {
      const error = thrownBy(() => timeouts({ [option]: ms as number }));

      expect(error).toBeInstanceOf(InvalidOptionError);
      expect(error).toMatchObject({ option });
    }
  });

  it.each([0, -1, 1.5, NaN])('refuses expectedChoices: %s when it is built', (expectedChoices) => {
    expect(thrownBy(() => timeouts({ expectedChoices }))).toMatchObject({ option: 'expectedChoices' });
  });

  it('keeps two subscriptions apart', () => {
    marbles(({ cold, expectObservable }) => {
      const watched = cold('s-t-f', values).pipe(timeouts({ stalledMs: 3 }));

      expectObservable(watched).toBe('s-t-f--(e|)', values);
      expectObservable(watched, '--^').toBe('--s-t-f--(e|)', values);
    })();
  });
});
