import { concat, from, map, NEVER, type Observable, of, Subject, take, throwError, timer } from 'rxjs';
import {
  accumulateDelta,
  type Delta,
  InvalidOptionError,
  LimitError,
  moderate,
  type ModerateOptions,
  type ModerationCheck,
  ModerationError,
  TruncatedError,
} from 'rxllm';

import { end, finish, partEnd, start, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { outcomeOf } from '../support/outcome.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const pass = (): boolean => true;

const moderated = (deltas: Iterable<Delta>, check: ModerationCheck, options?: ModerateOptions): readonly Delta[] =>
  record(from(deltas).pipe(moderate(check, options))).values;

expectNoUncaughtError();

describe('moderate, in time', () => {
  const values = {
    a: text(0, 'One. T'),
    b: text(0, 'wo. Th'),
    c: text(0, 'ree'),
    x: text(0, 'ree. Four. F'),
    p: partEnd(0),
    e: end,
    s: start(),
    u: usage({}),
  };
  const out = {
    ...values,
    A: text(0, 'One. '),
    B: text(0, 'Two. '),
    C: text(0, 'Three'),
    D: text(0, 'Two. Three'),
    T: text(0, 'T'),
    W: text(0, 'wo. '),
    H: text(0, 'Th'),
    E: text(0, 'Two. Three. Four. '),
    F: text(0, 'F'),
  };
  const later = (ms: number) => (): Observable<boolean> => timer(ms).pipe(map(() => true));
  it.each<[string, string, string, ModerationCheck, ModerateOptions]>([
    ['adds nothing to a sentence that is over', 's-a-b-c-(pe|)', 's-A-B---(Cpe|)', pass, {}],
    ['adds the time of the check', 'a-b-c-p|', '---A--B--(Cp|)', later(3), {}],
    ['checks together what came meanwhile', '(abx)-p|', '-----A----E----(Fp|)', later(5), {}],
    ['asks after a while about what there is', 'a 9ms b 9ms |', 'A 4ms T 4ms W 4ms H 4ms |', pass, { maxDelayMs: 5 }],
    ['waits for ever where it is told to', 'a 99s b|', 'A 99s B(H|)', pass, { maxDelayMs: Infinity }],
    ['completes once the last check has passed', 'a|', '---A--(T|)', later(3), {}],
  ])('%s', (_what, source, expected, check, options) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold(source, values).pipe(moderate(check, options))).toBe(expected, out);
    })();
  });

  it('has no timer when nothing waits', () => {
    marbles(({ cold, expectObservable, flush }) => {
      expectObservable(cold('a---', values).pipe(moderate(() => NEVER))).toBe('----');
      expectObservable(cold('s---', values).pipe(moderate(pass))).toBe('s---', values);
      flush();
    })();
  });

  it(
    'leaves the check that is running, and the source, when its consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b---', values);
      const check = cold<boolean>('-------');

      expectObservable(source.pipe(moderate(() => check)), '^---!').toBe('----');
      expectSubscriptions(source.subscriptions).toBe('^---!');
      expectSubscriptions(check.subscriptions).toBe('^---!');
    }),
  );

  it(
    'takes one verdict of a check, and leaves it then',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const check = cold<boolean>('-tf', { t: true, f: false });

      expectObservable(cold('a----', values).pipe(moderate(() => check, { maxDelayMs: Infinity }))).toBe('-A---', out);
      expectSubscriptions(check.subscriptions).toBe('^!');
    }),
  );

  it(
    'waits with an error of the source for the check of what is held',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-#', values).pipe(moderate(later(3)))).toBe('---A--(T#)', out);
      const bad = new ModerationError({ reason: 'not allowed', choice: 0, part: 0, fromChar: 5 });
      expectObservable(cold('a-#', values).pipe(moderate(({ fresh }) => of(fresh !== 'T')))).toBe('A-#', out, bad);
    }),
  );

  it(
    'drops what is held at a retry, and the check of it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const checks = [cold<boolean>('---------t', { t: true }), cold<boolean>('-----t', { t: true })];
      const error = new TruncatedError();
      const retry: Delta = { type: 'retry', attempt: 2, delayMs: 1, error };
      const source = cold('(sa)-r-(sb)', { ...values, r: retry });
      let asks = 0;

      expectObservable(source.pipe(moderate(() => checks[(asks += 1) - 1] ?? NEVER))).toBe('s------(rs)-B', {
        ...out,
        r: retry,
        B: text(0, 'wo. '),
      });
      expectSubscriptions(checks[0]?.subscriptions ?? []).toBe('^------!');
    }),
  );

  it('finishes a step before the next one, and drops only the step that is tried again', () => {
    const step = (index: number, attempt: number): Delta => ({
      type: 'start',
      id: 'a',
      model: 'm',
      step: index,
      attempt,
    });
    const stepEnd: Delta = { type: 'step-end', step: 0 };
    const verdicts = new Subject<boolean>();
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    source.pipe(moderate(() => verdicts)).subscribe((delta) => seen.push(delta));
    for (const delta of [step(0, 1), text(0, 'One. '), finish('tool-calls'), stepEnd, step(1, 1), text(0, 'Tw')])
      source.next(delta);
    for (const delta of [step(1, 2), text(0, 'Three')]) source.next(delta);
    source.complete();
    expect(seen).toEqual([step(0, 1)]);
    verdicts.next(true);
    verdicts.next(true);

    expect(seen).toEqual([step(0, 1), text(0, 'One. '), finish('tool-calls'), stepEnd, step(1, 2), text(0, 'Three')]);
  });
});

describe('moderate, when the check fails', () => {
  const mine = new Error('mine');

  it.each<[string, ModerationCheck, unknown]>([
    [
      'throws',
      () => {
        throw mine;
      },
      mine,
    ],
    ['is an Observable that fails', () => throwError(() => mine), mine],
    [
      'is an Observable without a verdict',
      () => of(),
      new TypeError('moderate: the Observable that the check gave completed without an answer'),
    ],
    ['gives none', () => undefined as unknown as boolean, expect.any(TypeError)],
    ['gives something else', () => ({ ok: 'yes' }) as unknown as boolean, expect.any(TypeError)],
    ['gives something else later', () => of('yes' as unknown as boolean), expect.any(TypeError)],
    ['gives null', () => null as unknown as boolean, expect.any(TypeError)],
  ])('ends with its error and shows nothing unchecked, when it %s', (_how, check, error) => {
    expect(record(from([start(), text(0, 'One. Two'), end]).pipe(moderate(check)))).toEqual({
      values: [start()],
      ending: 'error',
      error,
    });
  });

  it('takes promises, kept or broken', async () => {
    const ending = (check: ModerationCheck): Promise<unknown> =>
      new Promise((resolve) => {
        const seen: unknown[] = [];
        from([text(0, 'One. Two'), end])
          .pipe(moderate(check))
          .subscribe({
            next: (delta) => seen.push(delta),
            error: (error) => resolve([...seen, error]),
            complete: () => resolve(seen),
          });
      });

    expect(await ending(({ fresh }) => Promise.resolve(fresh !== ''))).toEqual([text(0, 'One. '), text(0, 'Two'), end]);
    expect(await ending(() => Promise.reject(mine))).toEqual([mine]);
  });

  it('has a bound on what waits for a slow check', () => {
    const waiting = (deltas: readonly Delta[], maxHeldChars: number) =>
      record(from(deltas).pipe(moderate(() => NEVER, { maxHeldChars })));

    expect(waiting([text(0, 'One. '), text(0, '12345')], 10).ending).toBe('none');
    expect(waiting([start(), text(0, 'One. '), text(0, '123456')], 10)).toEqual({
      values: [start()],
      ending: 'error',
      error: new LimitError('maxHeldChars', 10),
    });
    expect(waiting([text(0, 'One. '), usage({}), usage({})], 100)).toMatchObject({ ending: 'error' });
    expect(record(of(text(0, 'A long sentence. B')).pipe(moderate(pass, { maxHeldChars: 5 }))).ending).toBe('complete');
  });

  it('refuses options that make no sense', () => {
    const wrong: readonly object[] = [
      { unit: 'word' },
      { replacement: 5 },
      { holdBackChars: 0 },
      { maxDelayMs: 0 },
      { maxDelayMs: NaN },
      { onViolation: 'warn' },
      { kinds: [] },
      { kinds: ['tool-call'] },
      { maxWindowChars: 0.5 },
      { maxHeldChars: -1 },
    ];
    for (const options of wrong) expect(thrownBy(() => moderate(pass, options))).toBeInstanceOf(InvalidOptionError);
    for (const check of [undefined, null, {}, 'text'] as readonly unknown[]) {
      expect(thrownBy(() => moderate(check as ModerationCheck))).toEqual(
        new InvalidOptionError('check', 'must be a function'),
      );
    }
  });
});

describe('moderate, as an operator', () => {
  it('leaves an endless synchronous source, and keeps two subscriptions apart', () => {
    const { source, pulled } = endless(text(0, 'One. '));
    const operator = moderate(pass);

    expect(record(from(source).pipe(operator, take(3))).values).toHaveLength(3);
    expect(pulled()).toBeLessThan(6);
    expect(record(from([text(0, 'x')]).pipe(operator)).values).toEqual([text(0, 'x')]);
  });

  it('stops checking once its consumer has left', () => {
    let asks = 0;
    record(
      from([text(0, 'A. '), text(0, 'B. '), text(0, 'C. D')]).pipe(
        moderate(() => (asks += 1) > 0),
        take(1),
      ),
    );

    expect(asks).toBe(1);
  });

  it('takes what comes while it emits, from the source and from the check', () => {
    const source = new Subject<Delta>();
    const verdicts = new Subject<boolean>();
    const seen: string[] = [];
    source.pipe(moderate(() => verdicts)).subscribe((delta) => {
      seen.push('text' in delta ? delta.text : delta.type);
      if (seen.length === 1) {
        source.next(text(0, 'our. '));
        source.next(end);
        verdicts.next(true);
      }
    });
    source.next(text(0, 'Three. F'));
    verdicts.next(true);
    source.complete();
    verdicts.next(true);

    expect(seen.join('')).toBe('Three. Four. end');
  });

  it('needs no stack for many sentences at once, and linear time', () => {
    const many = 'One word. '.repeat(20_000);
    const startedAt = workedMs();
    const seen = moderated([text(0, many), ...Array.from({ length: 20_000 }, () => text(0, 'Two words. ')), end], () =>
      of(true),
    );

    expect(seen.map((delta) => ('text' in delta ? delta.text : '')).join('')).toHaveLength(many.length + 220_000);
    expect(workedMs() - startedAt).toBeLessThan(8_000);
  });

  it('gives the same completion for a source that fails after what passed', () => {
    const error = new TruncatedError();
    const outcome = outcomeOf(
      concat(
        from([start(), text(0, 'One. Tw')]),
        throwError(() => error),
      ).pipe(moderate(pass), accumulateDelta()),
    );

    expect(outcome).toMatchObject({ tag: 'TruncatedError', completion: { text: 'One. Tw' } });
  });

  it('keeps up with a queue that never empties', () => {
    const verdicts = new Subject<boolean>();
    const source = new Subject<Delta>();
    let chars = 0;
    source.pipe(moderate(() => verdicts)).subscribe((delta) => (chars += 'text' in delta ? delta.text.length : 0));
    for (let turn = 0; turn < 5_000; turn += 1) {
      source.next(text(0, 'One. '));
      source.next(usage({}));
      verdicts.next(true);
    }
    source.complete();
    verdicts.next(true);

    expect(chars).toBe(25_000);
  });
});
