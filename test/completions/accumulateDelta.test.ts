import { concat, EMPTY, from, map, NEVER, of, Subject, take, throwError } from 'rxjs';
import {
  accumulateDelta,
  ApiError,
  type Completion,
  type Delta,
  InvalidOptionError,
  LimitError,
  reduceDelta,
  TruncatedError,
} from 'rxllm';

import {
  audio,
  call,
  citation,
  end,
  finish,
  logprobs,
  partStart,
  reasoning,
  reduceAll,
  refusal,
  start,
  text,
} from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const deltas = { s: start(), t: text(0, 'Hi'), f: finish('stop'), e: end };
const completions = {
  0: reduceAll([start()]),
  1: reduceAll([start(), text(0, 'Hi')]),
  2: reduceAll([start(), text(0, 'Hi'), finish('stop')]),
  3: reduceAll([start(), text(0, 'Hi'), finish('stop'), end]),
};

describe('accumulateDelta', () => {
  expectNoUncaughtError();

  it(
    'gives the answer so far after every delta',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-t-f-(e|)', deltas);
      const subs = '       ^------!   ';
      const expected = '   -0-1-2-(3|)';

      expectObservable(source.pipe(accumulateDelta())).toBe(expected, completions);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'begins afresh at a start',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-s-t-s-t', deltas).pipe(accumulateDelta())).toBe('-0-1-0-1', completions);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-t-f-', deltas);
      const unsub = '      ----!  ';
      const subs = '       ^---!  ';
      const expected = '   -0-1---';

      expectObservable(source.pipe(accumulateDelta()), unsub).toBe(expected, completions);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent over a silent source, and completes over an empty one', () => {
    expect(record(NEVER.pipe(accumulateDelta()))).toEqual({ values: [], ending: 'none' });
    expect(record(EMPTY.pipe(accumulateDelta()))).toEqual({ values: [], ending: 'complete' });
  });

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless(text(0, 'a'));
    record(from(source).pipe(accumulateDelta(), take(2)));

    expect(pulled()).toBe(2);
  });

  it('keeps two subscriptions apart', () => {
    const texts = of(text(0, 'a'), text(0, 'b')).pipe(
      accumulateDelta(),
      map((completion) => completion.text),
    );

    expect(record(texts).values).toEqual(['a', 'ab']);
    expect(record(texts).values).toEqual(['a', 'ab']);
  });

  it('loses nothing of what is fed in from inside the consumer', () => {
    const source = new Subject<Delta>();
    const seen: string[] = [];
    source.pipe(accumulateDelta()).subscribe((completion) => {
      if (seen.push(completion.text) === 1) source.next(text(0, 'b'));
    });
    source.next(text(0, 'a'));
    source.next(text(0, 'c'));

    expect(seen).toEqual(['a', 'ab', 'abc']);
  });

  it('fails, and leaves the source, when the consumer throws; that error is no error of the stream', () => {
    const source = new Subject<Delta>();
    const mine = new TypeError('mine');
    const seen: unknown[] = [];
    const consumer = map(() => {
      throw mine;
    });
    source.pipe(accumulateDelta(), consumer).subscribe({ error: (error: unknown) => seen.push(error) });
    source.next(start());

    expect(seen).toEqual([mine]);
    expect(source.observed).toBe(false);
  });

  describe('an error of the stream', () => {
    const failing = (error: unknown, ...before: readonly Delta[]) =>
      record(
        concat(
          of(...before),
          throwError(() => error),
        ).pipe(accumulateDelta()),
      );

    it('carries the last completion that was seen', () => {
      const error = new TruncatedError();
      const { values, error: caught } = failing(error, start(), text(0, 'Hi'));

      expect(values).toHaveLength(2);
      expect(caught).toBeInstanceOf(TruncatedError);
      expect((caught as TruncatedError).partial).toBe(values[1]);
      expect(error.partial).toBeUndefined();
    });

    it('carries none when none was seen, and is the error itself', () => {
      const error = new TruncatedError();

      expect(failing(error)).toEqual({ values: [], ending: 'error', error });
      expect((failing(error).error as TruncatedError).partial).toBeUndefined();
    });

    it('keeps a partial that it has', () => {
      const error = new TruncatedError().withPartial(completions[1]);

      expect(failing(error, start()).error).toBe(error);
    });

    it('leaves no tool call open in it', () => {
      const { values, error } = failing(
        new ApiError({ message: 'Overloaded' }),
        start(),
        call(0, { name: 'f', argumentsText: '{}' }),
        call(0, { name: 'g' }, 1),
        finish('tool-calls', 'tool_calls', 1),
      );
      const statuses = ({ choices }: Completion) =>
        choices.map(({ toolCalls }) => toolCalls.map(({ status }) => status));

      expect(statuses(values.at(-1) as Completion)).toEqual([['streaming'], ['complete']]);
      expect(statuses((error as ApiError).partial as Completion)).toEqual([['cut-short'], ['complete']]);
      expect((error as ApiError).partial?.toolCalls).toMatchObject([{ status: 'cut-short' }]);
    });

    it('cuts short a call that goes on after the stop reason: more of it may be missing', () => {
      const { values, error } = failing(
        new TruncatedError(),
        start(),
        call(0, { name: 'f', argumentsText: '1' }),
        finish('tool-calls'),
        call(0, { argumentsText: '2' }),
      );

      expect(values.at(-1)?.toolCalls).toMatchObject([{ status: 'streaming' }]);
      expect((error as TruncatedError).partial?.toolCalls).toMatchObject([
        { status: 'cut-short', argumentsText: '12' },
      ]);
    });

    it('knows nothing of an attempt before the last', () => {
      const { error } = failing(new TruncatedError(), start(), text(0, 'old'), start(), text(0, 'new'));

      expect((error as TruncatedError).partial?.text).toBe('new');
    });

    it.each([new TypeError('mine'), 'text', undefined, null, { _tag: 'ApiError' }])(
      'is not what %p is: that passes as it is',
      (error) => {
        expect(failing(error, start(), text(0, 'Hi')).error).toBe(error);
      },
    );
  });

  describe('maxAnswerChars', () => {
    it.each<[string, Delta]>([
      ['text', text(0, '1234')],
      ['reasoning', reasoning(0, '1234')],
      ['a refusal', refusal(0, '1234')],
      ['arguments', call(0, { argumentsText: '1234' })],
      ['audio', audio(0, { data: '12', transcript: '34' })],
    ])('counts %s', (_, delta) => {
      const limited = (maxAnswerChars: number) => record(of(delta, delta).pipe(accumulateDelta({ maxAnswerChars })));

      expect(limited(8).ending).toBe('complete');
      expect(limited(7)).toMatchObject({ values: [expect.anything()], error: { _tag: 'LimitError' } });
    });

    it.each<[string, Delta]>([
      ['citations', citation(0, { url: 'u' })],
      ['log probabilities', logprobs([{ token: 'a', bytes: null, logprob: -1, topLogprobs: [] }])],
    ])('counts %s as some text each', (_, delta) => {
      const { source, pulled } = endless(delta);

      expect(record(from(source).pipe(accumulateDelta({ maxAnswerChars: 10_000 }))).error).toBeInstanceOf(LimitError);
      expect(pulled()).toBeLessThan(10_000);
    });

    it('names the option, and leaves what came before in the partial', () => {
      const { error } = record(of(text(0, 'ab'), text(0, 'cd')).pipe(accumulateDelta({ maxAnswerChars: 3 })));

      expect(error).toMatchObject({
        option: 'maxAnswerChars',
        limit: 3,
        partial: { text: 'ab' },
        message: 'the stream exceeded maxAnswerChars (3); raise it if such an answer is expected',
      });
    });

    it('is counted afresh for every attempt', () => {
      const attempts = of(start(), text(0, 'ab'), start(), text(0, 'cd')).pipe(accumulateDelta({ maxAnswerChars: 3 }));

      expect(record(attempts).ending).toBe('complete');
    });

    it('stops an answer that never ends', () => {
      const { source, pulled } = endless(text(0, 'abcd'));
      record(from(source).pipe(accumulateDelta({ maxAnswerChars: 100 })));

      expect(pulled()).toBe(26);
    });
  });

  describe('maxParts', () => {
    const limited = (...list: readonly Delta[]) => record(from(list).pipe(accumulateDelta({ maxParts: 3 })));

    it('holds for the parts of a choice, gaps included', () => {
      expect(limited(text(2, 'a')).ending).toBe('complete');
      expect(limited(text(3, 'a')).error).toMatchObject({ _tag: 'LimitError', option: 'maxParts', limit: 3 });
      expect(limited(partStart(1e9, 'text')).error).toBeInstanceOf(LimitError);
    });

    it('holds for choices', () => {
      const [one, two, three, four] = [0, 1, 2, 3].map((choice) => text(0, 'a', choice)) as [
        Delta,
        Delta,
        Delta,
        Delta,
      ];

      expect(limited(one, two, three).ending).toBe('complete');
      expect(limited(one, two, three, four).error).toBeInstanceOf(LimitError);
      expect(limited(one, two, three, start(), four).ending).toBe('complete');
    });

    it('holds for the parts of all steps together, those of failed attempts left out', () => {
      const first = [start(), text(1, 'a')];

      expect(limited(...first, start('b', 'm', 1), text(0, 'a')).ending).toBe('complete');
      expect(limited(...first, start('b', 'm', 1), text(1, 'a')).error).toMatchObject({ option: 'maxParts' });
      expect(limited(...first, start('b', 'm', 1), text(0, 'a'), start('b', 'm', 1, 2), text(0, 'a')).ending).toBe(
        'complete',
      );
      expect(limited(...first, start('b', 'm', 1), text(0, 'a'), start('c', 'm', 2), text(0, 'a')).ending).toBe(
        'error',
      );
      expect(limited(...first, start(), text(2, 'a')).ending).toBe('complete');
      expect(limited(start(), text(2, 'a', 1), start('b', 'm', 1), text(2, 'a')).ending).toBe('complete');
    });

    it('does not mind a choice with a high number', () => {
      expect(limited(text(0, 'a', 1e9)).ending).toBe('complete');
    });
  });

  it.each([{ maxAnswerChars: 0 }, { maxAnswerChars: -1 }, { maxParts: 0 }, { maxParts: 1.5 }])(
    'throws at the call for %j',
    (options) => {
      expect(thrownBy(() => accumulateDelta(options))).toBeInstanceOf(InvalidOptionError);
    },
  );

  it('has no bounds at Infinity', () => {
    const unbounded = accumulateDelta({ maxAnswerChars: Infinity, maxParts: Infinity });

    expect(record(of(text(20_000, 'a')).pipe(unbounded)).ending).toBe('complete');
    expect(record(of(text(20_000, 'a')).pipe(accumulateDelta())).error).toBeInstanceOf(LimitError);
  });

  it('takes 100,000 pieces of text in its stride', () => {
    const count = 100_000;
    const before = workedMs();
    let last: Completion | undefined;
    from(Array.from({ length: count }, () => text(0, 'word ')))
      .pipe(accumulateDelta())
      .subscribe((completion) => (last = completion));

    expect(last?.text.length).toBe(5 * count);
    // A second copy of the text per piece would take minutes.
    expect(workedMs() - before).toBeLessThan(5_000);
  });

  it('gives what reduceDelta gives', () => {
    const list = [start(), text(0, 'a'), reasoning(1, 'b'), call(2, { name: 'f' }), finish('stop'), end];
    let expected: Completion | undefined;
    const each = list.map((delta) => (expected = reduceDelta(expected, delta)));

    expect(record(from(list).pipe(accumulateDelta())).values).toEqual(each);
  });
});
