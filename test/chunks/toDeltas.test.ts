import { concat, EMPTY, from, map, NEVER, of, Subject, take, throwError } from 'rxjs';
import {
  ApiError,
  type Delta,
  InvalidOptionError,
  LimitError,
  NetworkError,
  type StreamError,
  toDeltas,
  TruncatedError,
} from 'rxllm';

import { AbortedError } from '../../src/errors/AbortedError.ts';
import { end, finish, other, partStart, start, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';

/** A dialect whose chunks are lists of deltas already. */
const dialect = (terminal: 'stop-reason' | 'marker' | 'eof' = 'stop-reason') => ({
  terminal,
  deltas: () => (chunk: readonly Delta[]) => chunk,
});

const reset = new NetworkError({ url: 'http://host/', code: 'ECONNRESET', phase: 'body' });
const overloaded = new ApiError({ message: 'Overloaded', code: 'overloaded_error' });

describe('toDeltas', () => {
  expectNoUncaughtError();

  const values = { s: [start()], t: [text(0, 'a'), text(0, 'b')], f: [finish('stop')], u: [usage({ inputTokens: 1 })] };
  const deltas = {
    s: start(),
    t: text(0, 'a'),
    T: text(0, 'b'),
    f: finish('stop'),
    u: usage({ inputTokens: 1 }),
    e: end,
  };

  it(
    'gives the deltas of each chunk at once, and `end` when the source completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-t---f-u-|', values);
      const subs = '       ^----------!';
      const expected = '   -s-(tT)f-u-(e|)';

      expectObservable(source.pipe(toDeltas(dialect()))).toBe(expected, deltas);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'does not end at a stop reason: usage comes after it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-f----', values);
      const subs = '       ^-------';
      const expected = '   -s-f----';

      expectObservable(source.pipe(toDeltas(dialect()))).toBe(expected, deltas);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-f-u-|', values);
      const unsub = '      --!     ';
      const subs = '       ^-!     ';
      const expected = '   -s------';

      expectObservable(source.pipe(toDeltas(dialect())), unsub).toBe(expected, deltas);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent over a silent source', () => {
    expect(record(NEVER.pipe(toDeltas(dialect())))).toEqual({ values: [], ending: 'none' });
  });

  it('pulls no more of a synchronous source than is taken', () => {
    const { source, pulled } = endless([text(0, 'a'), text(0, 'b')]);
    record(from(source).pipe(toDeltas(dialect()), take(3)));

    expect(pulled()).toBe(2);
  });

  it('makes a mapper, and counts stop reasons, for each subscription', () => {
    let mappers = 0;
    const counting = { ...dialect(), deltas: () => ((mappers += 1), (chunk: readonly Delta[]) => chunk) };
    let isFirst = true;
    const source = from([0]).pipe(map(() => (isFirst ? ((isFirst = false), [finish('stop')]) : [text(0, 'a')])));
    const stream = source.pipe(toDeltas(counting));
    expect(mappers).toBe(0);

    expect(record(stream).ending).toBe('complete');
    expect(record(stream).error).toBeInstanceOf(TruncatedError);
    expect(mappers).toBe(2);
  });

  it('keeps the order of chunks that are fed in from inside the consumer', () => {
    const source = new Subject<readonly Delta[]>();
    const seen: unknown[] = [];
    source.pipe(toDeltas(dialect())).subscribe((delta) => {
      if (seen.push(delta) === 1) {
        source.next([finish('stop')]);
        source.complete();
      }
    });
    source.next([start(), text(0, 'a')]);

    expect(seen).toEqual([start(), text(0, 'a'), finish('stop'), end]);
  });

  it('fails when the mapper throws, and leaves the source', () => {
    const source = new Subject<number>();
    const seen: unknown[] = [];
    const broken = {
      ...dialect(),
      deltas: () => () => {
        throw new Error('mapper');
      },
    };
    source.pipe(toDeltas(broken)).subscribe({ error: (error: Error) => seen.push(error.message) });
    source.next(1);

    expect(seen).toEqual(['mapper']);
    expect(source.observed).toBe(false);
  });

  it.each([0, -1, 1.5, NaN])('throws at the call for %p expected choices', (expectedChoices) => {
    expect(thrownBy(() => toDeltas(dialect(), { expectedChoices }))).toBeInstanceOf(InvalidOptionError);
  });

  /** The tags of what comes of these deltas, and of how the source ended. */
  const endingOf = (
    seen: readonly Delta[],
    ending: 'completes' | StreamError | Error,
    expectedChoices?: number,
    terminal?: 'stop-reason' | 'marker' | 'eof',
  ): unknown => {
    const source = concat(of(seen), ending === 'completes' ? EMPTY : throwError(() => ending));
    const result = record(source.pipe(toDeltas(dialect(terminal), { expectedChoices })));
    expect(result.values.slice(0, seen.length)).toEqual(seen);
    const last = result.values.slice(seen.length).map(({ type }) => type);
    if (result.ending === 'complete') return [...last, 'complete'].join(', ');
    return [...last, result.error];
  };

  describe('once every choice has its stop reason', () => {
    it.each([
      ['a clean end', 'completes'],
      ['a reset', reset],
      ['an error of the provider', overloaded],
      ['a bound', new LimitError('maxFrameChars', 1)],
      ['a missing marker', new TruncatedError({ missing: 'marker' })],
    ] as const)('%s ends the answer', (_, ending) => {
      expect(endingOf([start(), finish('stop')], ending)).toBe('end, complete');
      expect(endingOf([finish('length'), usage({ inputTokens: 1 })], ending)).toBe('end, complete');
    });

    it('an error that is none of the stream passes through', () => {
      const mine = new TypeError('mine');

      expect(endingOf([finish('stop')], mine)).toEqual([mine]);
    });

    it('an abort passes through: whoever aborts wants no ending', () => {
      const aborted = new AbortedError();

      expect(endingOf([finish('stop')], aborted)).toEqual([aborted]);
    });
  });

  describe('before that', () => {
    it.each([
      ['nothing at all', []],
      ['a start', [start()]],
      ['text', [start(), text(0, 'a')]],
      ['usage', [start(), text(0, 'a'), usage({ outputTokens: 1 })]],
    ])('a clean end after %s is a TruncatedError', (_, seen) => {
      expect(endingOf(seen, 'completes')).toEqual([expect.any(TruncatedError)]);
    });

    it.each([reset, overloaded, new TypeError('mine')])('%p passes through as it is', (error) => {
      expect(endingOf([start(), text(0, 'a')], error)).toEqual([error]);
    });
  });

  describe('with several choices', () => {
    const [one, two, three] = [finish('stop', 'stop', 0), finish('length', 'length', 1), finish('stop', 'stop', 2)];

    it.each<[string, readonly Delta[], number, boolean]>([
      ['two of two', [one, two], 2, true],
      ['two of two, the second first', [two, one], 2, true],
      ['one of two', [one], 2, false],
      ['none of two', [start()], 2, false],
      ['the same one twice', [one, one], 2, false],
      ['more than were asked for', [one, two, three], 2, true],
      ['one, and text of another that was not asked for', [one, text(0, 'a', 1)], 1, false],
      ['text of another first', [text(0, 'a', 1), one], 1, false],
      ['that other finished, too', [text(0, 'a', 1), one, two], 1, true],
      ['one, and a part of another', [one, partStart(0, 'text', {}, 1)], 1, false],
      ['one, and a filter result for another', [one, other('content_filter_results', {}, { choice: 1 })], 1, true],
    ])('%s: %j of %i is whole: %s', (_, seen, expectedChoices, isWhole) => {
      const expected = isWhole ? 'end, complete' : [expect.any(TruncatedError)];

      expect(endingOf(seen, 'completes', expectedChoices)).toEqual(expected);
      expect(endingOf(seen, reset, expectedChoices)).toEqual(isWhole ? 'end, complete' : [reset]);
    });

    it('asks whether the dialect is right where nothing that came said anything', () => {
      const saidOf = (...chunks: readonly (readonly Delta[])[]): string => {
        let message = '';
        from(chunks)
          .pipe(toDeltas(dialect()))
          .subscribe({ error: (error: TruncatedError) => (message = error.message) });
        return message;
      };

      expect(saidOf([], [], [])).toMatch(/cut short; 3 chunks came and none said anything: is it the right dialect\?$/);
      expect(saidOf()).toMatch(/cut short$/);
      expect(saidOf([], [start()], [])).toMatch(/cut short$/);
    });

    it('says how many were finished', () => {
      const [error] = endingOf([one], 'completes', 3) as [TruncatedError];

      expect(error).toMatchObject({ missing: 'stop-reason', finishedChoices: 1, expectedChoices: 3 });
      expect(error.message).toBe(
        'the stream ended before its stop reason (1 of 3 choices were finished): the answer is cut short',
      );
    });
  });

  describe.each(['marker', 'eof'] as const)('with terminal: %s', (terminal) => {
    it('a clean end is enough', () => {
      expect(endingOf([start(), text(0, 'a')], 'completes', 1, terminal)).toBe('end, complete');
      expect(endingOf([], 'completes', 1, terminal)).toBe('end, complete');
      expect(endingOf([finish('stop')], 'completes', 2, terminal)).toBe('end, complete');
    });

    it('an error before the stop reason passes through', () => {
      expect(endingOf([start(), text(0, 'a')], reset, 1, terminal)).toEqual([reset]);
    });

    it('a stop reason is still enough, whatever comes after it', () => {
      expect(endingOf([finish('stop')], reset, 1, terminal)).toBe('end, complete');
    });
  });
});
