import { asyncScheduler, concat, defer, from, ignoreElements, map, type Observable, of, throwError, timer } from 'rxjs';
import { ApiError, ContentTypeError, HttpError, InvalidOptionError, NetworkError, TruncatedError } from 'rxllm';

import { pool, type PoolEvent } from '../../src/combine/pool.ts';
import { marbles } from '../support/marbles.ts';
import { record, thrownBy } from '../support/record.ts';

const url = 'http://fake.test';
const overloaded = (retryAfterMs?: number) => new HttpError({ status: 503, url, retryAfterMs });
const unreachable = new NetworkError({ url, code: 'ECONNREFUSED', phase: 'connect' });

/** Draws in the middle: ceilings of 500, 1000 and 2000 ms make waits of 250, 500 and 1000. */
const random = () => 0.5;

/** Fails with `errors` in turn, then gives a value. */
const failingWith = (...errors: readonly unknown[]): Observable<string> => {
  let count = 0;
  return defer(() => {
    const reason = errors[count];
    count += 1;
    return reason === undefined ? of('ok') : throwError(() => reason);
  });
};

/** An event in short: `1 done`, `1=a`, `1 retry 2 after 40`. */
const brief = (event: PoolEvent<unknown>): string => {
  if (event.kind === 'value') return `${event.index}=${String(event.value)}`;
  return `${event.index} ${event.kind}${event.kind === 'retry' ? ` ${event.attempt} after ${event.delayMs}` : ''}`;
};

/** Events with their times, once virtual time is over. */
const timed = (events: Observable<PoolEvent<unknown>>): string[] => {
  const seen: string[] = [];
  events.subscribe({
    next: (event) => seen.push(`${asyncScheduler.now()} ${brief(event)}`),
    complete: () => seen.push(`${asyncScheduler.now()} complete`),
  });
  return seen;
};

describe('pool, when a job fails in a way that may heal', () => {
  it.each([
    ['a status without a time', overloaded()],
    ['a rate limit without a time', new HttpError({ status: 429, url })],
    ['no connection', unreachable],
    ['an answer cut short', new TruncatedError()],
    ['an overloaded model', new ApiError({ message: 'no', code: 'overloaded_error' })],
  ])('runs it again after a wait of its own: %s', (_, reason) => {
    marbles(({ flush }) => {
      const events = timed(pool([failingWith(reason)], { random }));
      flush();

      expect(events).toEqual(['0 0 retry 2 after 250', '250 0=ok', '250 0 done', '250 complete']);
    })();
  });

  it(
    'waits longer from run to run, up to maxDelayMs, and fails after maxRetries',
    marbles(({ flush }) => {
      const job = throwError(() => unreachable);
      const events = timed(pool([job], { random, firstDelayMs: 100, maxDelayMs: 300, maxRetries: 3 }));
      flush();

      expect(events).toEqual([
        '0 0 retry 2 after 50',
        '50 0 retry 3 after 100',
        '150 0 retry 4 after 150',
        '300 0 failed',
        '300 complete',
      ]);
    }),
  );

  it(
    'lets the other jobs start in the meantime, and runs it in its turn once the wait is over',
    marbles(({ flush }) => {
      const slow = (value: string) => timer(200).pipe(map(() => value));
      const jobs = [failingWith(overloaded()), slow('b'), slow('c'), slow('d')];
      const events = timed(pool(jobs, { random, concurrency: 1 }));
      flush();

      expect(events).toEqual([
        '0 0 retry 2 after 250',
        '200 1=b',
        '200 1 done',
        '400 2=c',
        '400 2 done',
        '400 0=ok',
        '400 0 done',
        '600 3=d',
        '600 3 done',
        '600 complete',
      ]);
    }),
  );

  it(
    'runs what is due first, whatever its place in the list',
    marbles(({ flush }) => {
      const jobs = [
        failingWith(unreachable, unreachable),
        concat(timer(10).pipe(ignoreElements()), failingWith(unreachable)),
      ];
      // The first is drawn when the options are checked.
      const draws = [0, 0.9, 0.1, 0.9];
      const events = timed(pool(jobs, { random: () => draws.shift() ?? 0 }));
      flush();

      expect(events).toEqual([
        '0 0 retry 2 after 450',
        '10 1 retry 2 after 50',
        '70 1=ok',
        '70 1 done',
        '450 0 retry 3 after 900',
        '1350 0=ok',
        '1350 0 done',
        '1350 complete',
      ]);
    }),
  );

  it(
    'pauses everything where the server gave a time, and comes back somewhat later than told',
    marbles(({ flush }) => {
      const inBody = new ContentTypeError({
        contentType: 'application/json',
        expected: 'text/event-stream',
        url,
        bodyStart: '{}',
        apiError: new ApiError({ message: 'no', code: 'rate_limit_exceeded', retryAfterMs: 1_000 }),
      });
      const events = timed(pool([failingWith(inBody), of('b')], { random, concurrency: 1 }));
      flush();

      expect(events).toEqual([
        '0 0 retry 2 after 1250',
        '1250 0=ok',
        '1250 0 done',
        '1250 1=b',
        '1250 1 done',
        '1250 complete',
      ]);
    }),
  );

  it(
    'tells the whole wait of a job that fails during a pause',
    marbles(({ flush }) => {
      const jobs = [
        concat(timer(50).pipe(ignoreElements()), failingWith(overloaded(5_000))),
        concat(timer(100).pipe(ignoreElements()), failingWith(unreachable)),
      ];
      const events = timed(pool(jobs, { random: () => 0 }));
      flush();

      expect(events.slice(0, 2)).toEqual(['50 0 retry 2 after 5000', '100 1 retry 2 after 4950']);
      expect(events.at(-1)).toBe('5150 complete');
    }),
  );

  it(
    'never waits longer than maxPauseMs where the server gave a time, and fails a job told to',
    marbles(({ flush }) => {
      const jobs = [failingWith(overloaded(900)), failingWith(overloaded(1_001)), of('c')];
      const events = timed(pool(jobs, { random, concurrency: 1, maxPauseMs: 1_000, maxDelayMs: 300 }));
      flush();

      expect(events).toEqual([
        '0 0 retry 2 after 1000',
        '1000 0=ok',
        '1000 0 done',
        '1000 1 failed',
        '1000 2=c',
        '1000 2 done',
        '1000 complete',
      ]);
    }),
  );

  it('asks for no new job while many wait to be run again', () => {
    let asked = 0;
    const jobs = (function* () {
      for (;;) {
        asked += 1;
        yield throwError(() => unreachable);
      }
    })();
    const subscription = pool(jobs, { random, concurrency: 3 }).subscribe();

    expect(asked).toBe(4);
    subscription.unsubscribe();
  });

  it(
    'stops the clock of every wait when left',
    marbles(({ cold, expectSubscriptions, expectObservable }) => {
      const job = cold('#', undefined, unreachable);

      expectObservable(pool([job], { random, firstDelayMs: 6 }).pipe(map(brief)), '^--!').toBe('a--', {
        a: '0 retry 2 after 3',
      });
      expectSubscriptions(job.subscriptions).toBe(['(^!)']);
    }),
  );

  it('refuses waits that make no sense', () => {
    expect(thrownBy(() => pool([], { firstDelayMs: -1 }))).toMatchObject({ option: 'firstDelayMs' });
    expect(thrownBy(() => pool([], { maxDelayMs: Infinity }))).toMatchObject({ option: 'maxDelayMs' });
  });
});

describe('pool, given what is no job', () => {
  const notJobs = [undefined, null, 7, 'job', {}];

  it.each([
    ['an iterable', [...notJobs, of(1)]],
    ['an Observable', from([...notJobs, of(1)])],
  ])('fails it, and goes on with the next: in %s', (_, jobs) => {
    const { values, ending } = record(pool(jobs as never));

    expect(ending).toBe('complete');
    expect(values.slice(0, 5)).toEqual(
      notJobs.map((_job, index) => ({ index, kind: 'failed', error: expect.any(InvalidOptionError) as unknown })),
    );
    expect(values.slice(5)).toEqual([
      { index: 5, kind: 'value', value: 1 },
      { index: 5, kind: 'done' },
    ]);
  });
});
