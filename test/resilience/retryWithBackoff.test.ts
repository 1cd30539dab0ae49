import { concat, defer, EMPTY, from, NEVER, type Observable, of, Subject, take, throwError } from 'rxjs';
import {
  AbortedError,
  accumulateDelta,
  ApiError,
  type Delta,
  HttpError,
  InvalidOptionError,
  NetworkError,
  retryWithBackoff,
  type RetryWithBackoffOptions,
  type StreamError,
  TruncatedError,
} from 'rxllm';

import { audio, call, end, finish, partStart, reasoning, refusal, signature, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record, thrownBy } from '../support/record.ts';

const url = 'http://a.test/v1';
const down = new HttpError({ status: 503, url });
const forbidden = new HttpError({ status: 403, url });
const options = { firstDelayMs: 4, maxDelayMs: 8, random: () => 0.5 };

const retryOf = (attempt: number, delayMs: number, error: StreamError): Delta => ({
  type: 'retry',
  attempt,
  delayMs,
  error,
});

const startOf = (attempt: number): Delta => ({ ...start(), attempt }) as Delta;

const values = {
  s: start(),
  t: text(0, 'Hi'),
  e: end,
  p: partStart(0, 'text'),
  q: retryOf(2, 2, down),
  r: retryOf(3, 4, down),
  b: startOf(2),
  c: startOf(3),
};

/** A source that gives one of the sources after the other. */
const inTurn = <T>(...sources: readonly Observable<T>[]): Observable<T> => {
  let turn = 0;
  return defer(() => sources[turn++] ?? EMPTY);
};

describe('retryWithBackoff', () => {
  it(
    'tells of the failure, waits longer each time, resubscribes, and gives up after maxRetries',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-#', values, down);
      const subs = [
        '                  ^--!          ',
        '                  -----^--!     ',
        '                  ------------^--!',
      ];
      const expected = '    -s-q--b-r----c-#';

      expectObservable(source.pipe(retryWithBackoff(options))).toBe(expected, values, down);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes an answer on and adds nothing to it',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s-p-t-(e|)', values);

      expectObservable(source.pipe(retryWithBackoff(options))).toBe('s-p-t-(e|)', values);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    }),
  );

  it(
    'completes with the source, empty or not, and never ends by itself',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('|', values).pipe(retryWithBackoff())).toBe('|');
      expectObservable(cold('-', values).pipe(retryWithBackoff())).toBe('-');
    }),
  );

  it(
    'lets an error that no retry can help straight through',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-s-#', values, forbidden).pipe(retryWithBackoff(options))).toBe('-s-#', values, forbidden);
    }),
  );

  it(
    'lets go of the source or of the wait when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-#', values, down);
      const streaming = cold('-s--', values);

      expectObservable(source.pipe(retryWithBackoff(options)), '---^!').toBe('----', values);
      expectObservable(source.pipe(retryWithBackoff(options)), '^---!').toBe('-s-q', values);
      expectObservable(streaming.pipe(retryWithBackoff(options)), '^-!').toBe('-s-', values);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '---^!']);
      expectSubscriptions(streaming.subscriptions).toBe('^-!');
    }),
  );

  it(
    'sends nothing more when the retry delta is what its consumer leaves at',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-#', values, down);

      expectObservable(source.pipe(retryWithBackoff(options), take(2))).toBe('-s-(q|)', values);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it(
    'never comes back sooner than the server asks, and gives up when it asks for too much',
    marbles(({ cold, expectObservable }) => {
      const asks = (retryAfterMs: number) => new ApiError({ message: 'm', code: 'rate_limit_exceeded', retryAfterMs });
      const patient = cold('#', values, asks(6));
      const bold = cold('#', values, asks(9));
      const six = { a: retryOf(2, 8, asks(6)), b: retryOf(3, 8, asks(6)) };

      expectObservable(patient.pipe(retryWithBackoff(options))).toBe('a-------b-------#', six, asks(6));
      expectObservable(bold.pipe(retryWithBackoff(options))).toBe('#', {}, asks(9));
    }),
  );

  it('says how long a server asks to wait when that is why it gives up', () => {
    const error = new HttpError({ status: 429, url, retryAfterMs: 120_000 });
    const recorded = record(throwError(() => error).pipe(retryWithBackoff()));

    expect(recorded).toEqual({ values: [], ending: 'error', error });
    expect(error.message).toContain('(asks to wait 120 s)');
  });

  it(
    'retries after a token only when it is told to',
    marbles(({ cold, expectObservable }) => {
      const always: RetryWithBackoffOptions = { ...options, retryWhen: 'always', maxRetries: 1 };

      expectObservable(cold('st#', values, down).pipe(retryWithBackoff(options))).toBe('st#', values, down);
      expectObservable(cold('st#', values, down).pipe(retryWithBackoff(always))).toBe('stq-bt#', values, down);
    }),
  );

  it(
    'does not start its count afresh when an attempt gets further',
    marbles(({ cold, expectObservable }) => {
      const always: RetryWithBackoffOptions = { ...options, retryWhen: 'always' };
      const source = inTurn(cold('s#', values, down), cold('st#', values, down), cold('stt#', values, down));

      expectObservable(source.pipe(retryWithBackoff(always))).toBe('sq-btr---ctt#', values, down);
    }),
  );

  it.each([text(0, 'a'), reasoning(0, 'a'), refusal(0, 'a'), call(0, { id: 'c' }), audio(0, { data: 'AA==' })])(
    'takes $type for a token',
    (delta) => {
      const source = concat(
        of(start(), delta),
        throwError(() => down),
      );

      expect(record(source.pipe(retryWithBackoff({ firstDelayMs: 0 })))).toMatchObject({ ending: 'error' });
    },
  );

  it.each([start(), partStart(0, 'text'), signature(0, 'x')])('takes $type for none', (delta) => {
    const source = concat(
      of(delta),
      throwError(() => down),
    );
    const { values: seen, ending } = record(source.pipe(retryWithBackoff()));

    expect(ending).toBe('none');
    expect(seen.at(-1)).toMatchObject({ type: 'retry', attempt: 2, error: down });
  });

  it('asks shouldRetry about errors of the stream alone', () => {
    const asked: unknown[] = [];
    const shouldRetry = (error: unknown): boolean => asked.push(error) < 0;
    const mine = new TypeError('mine');
    const source = inTurn(
      throwError(() => mine),
      throwError(() => forbidden),
    );
    const retried = source.pipe(retryWithBackoff({ shouldRetry }));

    expect(record(retried)).toMatchObject({ ending: 'error', error: mine });
    expect(record(retried)).toMatchObject({ ending: 'error', error: forbidden });
    expect(asked).toEqual([forbidden]);
  });

  it('retries what shouldRetry allows', () => {
    const source = inTurn(
      throwError(() => forbidden),
      NEVER,
    );
    const { values: seen } = record(source.pipe(retryWithBackoff({ shouldRetry: () => true })));

    expect(seen).toMatchObject([{ type: 'retry', error: forbidden }]);
  });

  it.each<readonly [string, RetryWithBackoffOptions]>([
    [
      'shouldRetry',
      {
        shouldRetry: () => {
          throw new TypeError('mine');
        },
      },
    ],
    [
      'random',
      {
        random: () => {
          throw new TypeError('mine');
        },
      },
    ],
  ])('passes on what %s throws', (_, callbacks) => {
    // `random` is drawn once when the operator is built.
    const run = () => record(throwError(() => down).pipe(retryWithBackoff(callbacks)));
    const thrown = thrownBy(run);

    expect(thrown ?? run().error).toEqual(new TypeError('mine'));
  });

  it.each<readonly [code: string, isRetried: boolean]>([
    ['rate_limit_exceeded', true],
    ['overloaded_error', true],
    ['insufficient_quota', false],
    ['invalid_api_key', false],
  ])('goes by the code of a 429: %s', (code, isRetried) => {
    const error = new HttpError({ status: 429, url, apiError: new ApiError({ message: 'm', code }) });

    expect(record(throwError(() => error).pipe(retryWithBackoff())).ending).toBe(isRetried ? 'none' : 'error');
  });

  it('sends nothing again when there is nothing to retry with', () => {
    const source = throwError(() => down);

    expect(record(source.pipe(retryWithBackoff({ maxRetries: 0 })))).toEqual({
      values: [],
      ending: 'error',
      error: down,
    });
    expect(record(throwError(() => new AbortedError()).pipe(retryWithBackoff())).ending).toBe('error');
  });

  it(
    'keeps no count from one subscription to the next',
    marbles(({ cold, expectObservable }) => {
      const retried = cold('s#', values, down).pipe(retryWithBackoff({ ...options, maxRetries: 1 }));

      expectObservable(retried).toBe('sq-b#', values, down);
      expectObservable(retried, '--^').toBe('--sq-b#', values, down);
    }),
  );

  it('stands a synchronous source, and a consumer that feeds it', () => {
    const input = new Subject<Delta>();
    const seen: string[] = [];
    input.pipe(retryWithBackoff()).subscribe(({ type }) => {
      seen.push(type);
      if (type === 'start') input.next(text(0, 'a'));
    });
    input.next(start());

    expect(seen).toEqual(['start', 'text']);
    expect(record(from([start(), text(0, 'a'), end]).pipe(retryWithBackoff())).values).toHaveLength(3);
    expect(record(concat(of(start()), NEVER).pipe(retryWithBackoff(), take(1)))).toMatchObject({ ending: 'complete' });
  });

  it('begins a tool call afresh with the answer', () => {
    const always: RetryWithBackoffOptions = { retryWhen: 'always', firstDelayMs: 0, maxRetries: 1 };
    const cutCall = [start(), call(0, { id: 'c1', name: 'f', argumentsText: '{"a":' })];
    const whole = [start('a2'), text(0, 'No.'), finish('stop'), end];
    const source = inTurn(
      concat(
        cutCall,
        throwError(() => new TruncatedError()),
      ),
      from(whole),
    );

    marbles(({ flush }) => {
      const seen: string[] = [];
      source.pipe(retryWithBackoff(always), accumulateDelta()).subscribe(({ id, text: said, toolCalls }) => {
        seen.push(`${id} ${said} ${toolCalls.length}`);
      });
      flush();
      expect(seen).toEqual(['a1  0', 'a1  1', 'a1  1', 'a2  0', 'a2 No. 0', 'a2 No. 0', 'a2 No. 0']);
    })();
  });

  it.each([-1, 1.5, NaN, '2', null])('refuses maxRetries: %s when it is built', (maxRetries) => {
    expect(thrownBy(() => retryWithBackoff({ maxRetries: maxRetries as number }))).toBeInstanceOf(InvalidOptionError);
  });

  it.each([-1, NaN, Infinity, '2'])('refuses a delay of %s when it is built', (ms) => {
    expect(thrownBy(() => retryWithBackoff({ firstDelayMs: ms as number }))).toBeInstanceOf(InvalidOptionError);
    expect(thrownBy(() => retryWithBackoff({ maxDelayMs: ms as number }))).toBeInstanceOf(InvalidOptionError);
  });

  it('retries without end, if it is to, and without a wait', () => {
    marbles(({ flush }) => {
      let requests = 0;
      const network = new NetworkError({ url, code: undefined, phase: 'connect' });
      const source = defer(() => (++requests > 2_000 ? of(end) : throwError(() => network)));
      const seen: Delta[] = [];
      source.pipe(retryWithBackoff({ maxRetries: Infinity, firstDelayMs: 0 })).subscribe((delta) => seen.push(delta));
      flush();

      expect(seen).toHaveLength(2_001);
      expect(seen.slice(0, -1).every((delta) => delta.type === 'retry' && delta.delayMs === 0)).toBe(true);
    })();
  });
});
