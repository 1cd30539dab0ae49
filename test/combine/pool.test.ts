import { expectTypeOf } from 'expect-type';
import {
  asyncScheduler,
  concat,
  defer,
  EMPTY,
  finalize,
  from,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { ApiError, HttpError, InvalidOptionError, lastCompletion, LimitError, streamCompletion } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { pool, type PoolEvent } from '../../src/combine/pool.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const error = new Error('mine');
/** No jitter: a wait is as long as the server asks, or none. */
const random = () => 0;
const busy = (retryAfterMs?: number) => new HttpError({ status: 429, url: 'http://fake.test', retryAfterMs });

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
    error: (reason: unknown) => seen.push(`${asyncScheduler.now()} ${String(reason)}`),
    complete: () => seen.push(`${asyncScheduler.now()} complete`),
  });
  return seen;
};

/** Endless jobs that count how many were asked for, and know whether they were let go. */
const counting = (job: (index: number) => Observable<unknown>) => {
  const state = { asked: 0, isReleased: false };
  const jobs = (function* () {
    try {
      for (;;) {
        const index = state.asked;
        state.asked += 1;
        yield () => job(index);
      }
    } finally {
      state.isReleased = true;
    }
  })();
  return { jobs, state };
};

/** Fails with `errors` in turn, then gives a value. */
const failingWith = (...errors: readonly unknown[]): Observable<string> => {
  let count = 0;
  return defer(() => {
    const reason = errors[count];
    count += 1;
    return reason === undefined ? of('ok') : throwError(() => reason);
  });
};

describe('pool', () => {
  it(
    'runs so many jobs at a time, in their order, and goes on when one fails',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const a = cold('a--b|');
      const b = cold('c-#', undefined, error);
      const c = cold('-d|');
      const events = timed(pool<unknown>([a, () => b, c], { concurrency: 2 }));
      flush();

      expect(events).toEqual(['0 0=a', '0 1=c', '2 1 failed', '3 0=b', '3 2=d', '4 0 done', '4 2 done', '4 complete']);
      expectSubscriptions(a.subscriptions).toBe('^---!');
      expectSubscriptions(b.subscriptions).toBe('^-!');
      expectSubscriptions(c.subscriptions).toBe('--^-!');
    }),
  );

  it(
    'lets no more than perMinute start within any minute, retries included',
    marbles(({ flush }) => {
      const jobs = [of(0), timer(10_000), failingWith(busy(1_000)), of(3), of(4)];
      const events = timed(pool<unknown>(jobs, { perMinute: 3, concurrency: 1, random }));
      flush();

      expect(events).toEqual([
        '0 0=0',
        '0 0 done',
        '10000 1=0',
        '10000 1 done',
        '10000 2 retry 2 after 50000',
        '60000 2=ok',
        '60000 2 done',
        '60000 3=3',
        '60000 3 done',
        '70000 4=4',
        '70000 4 done',
        '70000 complete',
      ]);
    }),
  );

  it(
    'pauses all starts while a server asks for it, then runs that job again before new ones',
    marbles(({ flush }) => {
      const late = concat(
        timer(10),
        throwError(() => busy(50)),
      );
      const jobs = [defer(() => late), timer(30), of('c')];
      const events = timed(pool<unknown>(jobs, { concurrency: 2, maxRetries: 1, random }));
      flush();

      expect(events).toEqual([
        '10 0=0',
        '10 0 retry 2 after 50',
        '30 1=0',
        '30 1 done',
        '60 2=c',
        '60 2 done',
        '70 0=0',
        '70 0 failed',
        '70 complete',
      ]);
    }),
  );

  it(
    'keeps to the longest pause of several, and to what is asked after the last retry too',
    marbles(({ flush }) => {
      const jobs = [failingWith(busy(100)), failingWith(busy(20)), failingWith(busy(500)), of('d')];
      const events = timed(pool<unknown>(jobs, { concurrency: 3, maxRetries: 0, random }));
      flush();

      expect(events).toEqual(['0 0 failed', '100 1 failed', '120 2 failed', '620 3=d', '620 3 done', '620 complete']);
    }),
  );

  it(
    'runs jobs again in their order, each at most maxRetries times',
    marbles(({ flush }) => {
      const slow = (ms: number, errors: readonly unknown[]) => {
        const ending = failingWith(...errors);
        return concat(timer(ms).pipe(take(0)), timer(ms), ending);
      };
      const jobs = [slow(2, [busy(9), busy(9), busy(9)]), slow(1, [busy(9)])];
      const events = timed(pool<unknown>(jobs, { maxRetries: 2, random }));
      flush();

      expect(events.filter((event) => !event.includes('='))).toEqual([
        '1 1 retry 2 after 9',
        '2 0 retry 2 after 9',
        expect.stringMatching(/1 done$/),
        expect.stringMatching(/0 retry 3 after 9$/),
        expect.stringMatching(/0 failed$/),
        expect.stringMatching(/complete$/),
      ]);
    }),
  );

  it('fails a job that no pause helps: too long a time, an exhausted quota, an error of its own', () => {
    const quota = new ApiError({ message: 'no', code: 'insufficient_quota', status: 429, retryAfterMs: 1 });
    const jobs = [busy(300_001), quota, error].map((reason) => throwError(() => reason));

    expect(record(pool(jobs).pipe(map(brief)))).toEqual({
      values: ['0 failed', '1 failed', '2 failed'],
      ending: 'complete',
    });
  });

  it('runs a job again at once when a server asks for no wait', () => {
    const overloaded = new ApiError({ message: 'no', code: 'overloaded_error', retryAfterMs: 0 });

    expect(record(pool([failingWith(overloaded)], { random }).pipe(map(brief))).values).toEqual([
      '0 retry 2 after 0',
      '0=ok',
      '0 done',
    ]);
  });

  it('asks an iterable for a job only when there is room, and lets go of it when left', () => {
    const { jobs, state } = counting(() => NEVER);
    const subscription = pool(jobs, { concurrency: 3 }).subscribe();
    expect(state).toEqual({ asked: 3, isReleased: false });

    subscription.unsubscribe();
    expect(state).toEqual({ asked: 3, isReleased: true });
  });

  it('asks for one job ahead at most while it waits for the clock', () => {
    const { jobs, state } = counting(() => of(1));
    const subscription = pool(jobs, { concurrency: Infinity, perMinute: 5 }).subscribe();

    expect(state.asked).toBe(6);
    subscription.unsubscribe();
    expect(state.isReleased).toBe(true);
  });

  it('starts nothing while it is being left', () => {
    const { jobs, state } = counting(() => NEVER);
    const subscription = pool(jobs, { concurrency: 2 }).subscribe();
    let started = 0;
    const counted = pool([defer(() => NEVER), defer(() => ((started += 1), NEVER))], { concurrency: 1 }).subscribe();

    counted.unsubscribe();
    subscription.unsubscribe();
    expect([started, state.asked]).toEqual([0, 2]);
  });

  it('goes through very many jobs that end at once, and stops when enough is taken', () => {
    const { jobs, state } = counting((index) => of(index));

    expect(record(pool(jobs, { concurrency: 2 }).pipe(take(100_000))).values).toHaveLength(100_000);
    expect(state).toEqual({ asked: 50_000, isReleased: true });
    const endlessJob = defer(() => from(counting(() => EMPTY).jobs));
    expect(record(pool([endlessJob]).pipe(take(3))).values).toHaveLength(3);
  });

  it('takes jobs that throw, and jobs that are promises', async () => {
    const jobs = [
      () => {
        throw error;
      },
      () => Promise.resolve('b'),
    ];

    expect(await lastValueFrom(pool<string>(jobs).pipe(map(brief), toArray()))).toEqual(['0 failed', '1=b', '1 done']);
  });

  it('takes jobs as they come from an Observable, and completes when all are over', () => {
    const jobs = new Subject<Observable<string>>();
    const running = new Subject<string>();
    const seen: string[] = [];
    pool(jobs, { concurrency: 1 }).subscribe({
      next: (event) => seen.push(brief(event)),
      complete: () => seen.push('complete'),
    });
    jobs.next(running);
    jobs.next(of('b'));
    jobs.complete();
    expect(seen).toEqual([]);
    running.next('a');
    running.complete();

    expect(seen).toEqual(['0=a', '0 done', '1=b', '1 done', 'complete']);
  });

  it('bounds the jobs that an Observable gives before there is room', () => {
    const stopped: string[] = [];
    const hanging = NEVER.pipe(finalize(() => stopped.push('job')));
    const jobs = from([hanging, NEVER, NEVER, NEVER]).pipe(finalize(() => stopped.push('list')));
    const { ending, error: reason } = record(pool(jobs, { concurrency: 1, maxQueued: 2 }));

    expect([ending, reason]).toEqual(['error', new LimitError('maxQueued', 2)]);
    expect(stopped.sort()).toEqual(['job', 'list']);
  });

  it('fails with its list of jobs, and then stops every job', () => {
    let isStopped = false;
    const hanging = NEVER.pipe(finalize(() => (isStopped = true)));
    const broken = (function* () {
      yield hanging;
      throw error;
    })();

    expect(record(pool(broken))).toMatchObject({ ending: 'error', error });
    expect(isStopped).toBe(true);
    expect(record(pool(throwError(() => error)))).toMatchObject({ ending: 'error', error });
  });

  it('completes at once without jobs', () => {
    expect(record(pool([]))).toEqual({ values: [], ending: 'complete' });
    expect(record(pool(EMPTY))).toEqual({ values: [], ending: 'complete' });
    expect(record(pool(NEVER)).ending).toBe('none');
  });

  it(
    'completes with the last job, without a wait for the clock',
    marbles(({ flush }) => {
      const events = timed(pool([of(1), of(2)], { perMinute: 2 }));
      flush();
      expect(events.at(-1)).toBe('0 complete');
    }),
  );

  it('counts anew for each subscription', () => {
    const pooled = pool([of('a')], { perMinute: 1 }).pipe(map(brief));

    expect(record(pooled)).toEqual(record(pooled));
    expect(record(pooled).ending).toBe('complete');
  });

  it('keeps the order when an event makes a job go on', () => {
    const running = new Subject<string>();
    const seen: string[] = [];
    pool([running, of('b')], { concurrency: 1 }).subscribe((event) => {
      if (seen.push(brief(event)) === 1) running.complete();
    });
    running.next('a');

    expect(seen).toEqual(['0=a', '0 done', '1=b', '1 done']);
  });

  it('types its events, and refuses what makes no sense', () => {
    expectTypeOf(pool([of(1), () => of(2)])).toEqualTypeOf<Observable<PoolEvent<number>>>();
    for (const option of ['concurrency', 'perMinute', 'maxQueued'] as const) {
      expect(thrownBy(() => pool([], { [option]: 0 }))).toMatchObject({ option });
    }
    expect(thrownBy(() => pool([], { maxRetries: -1 }))).toMatchObject({ option: 'maxRetries' });
    expect(thrownBy(() => pool([], { maxPauseMs: Infinity }))).toMatchObject({ option: 'maxPauseMs' });
    expect(thrownBy(() => pool(undefined as never))).toBeInstanceOf(InvalidOptionError);
  });

  it('keeps to its places on real sockets, heeds Retry-After, and closes every socket when left', async () => {
    let open = 0;
    let most = 0;
    const { baseUrl, requests } = await provider({
      replies: (_, count) => {
        open = requests.filter(({ endedBy }) => endedBy === undefined).length;
        most = Math.max(most, open);
        if (count === 1) return { status: 429, headers: { 'retry-after-ms': '150' } };
        return { deltas: answer({ text: `To be ${count}` }), frameMs: count > 7 ? 60_000 : 5 };
      },
    });
    const ask = () => {
      const body = { model: 'm', messages: [] };
      return streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body, retry: false });
    };
    const jobs = Array.from({ length: 5 }, () => () => ask().pipe(lastCompletion()));
    const events = await lastValueFrom(pool(jobs, { concurrency: 2, random }).pipe(toArray()));

    expect(events.filter(({ kind }) => kind === 'done')).toHaveLength(5);
    expect(events.filter(({ kind }) => kind === 'retry')).toMatchObject([{ index: 1, attempt: 2, delayMs: 150 }]);
    expect(requests).toHaveLength(6);
    expect(most).toBeLessThanOrEqual(2);

    const subscription = pool(jobs.concat(jobs), { concurrency: 4 }).subscribe();
    await until(() => requests.length >= 10 && requests.at(-1)?.endedBy === undefined);
    subscription.unsubscribe();
    await until(() => requests.every(({ endedBy }) => endedBy !== undefined), 'the close', 500);
  });
});
