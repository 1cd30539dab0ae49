import { EMPTY, NEVER, of, Subject, take, toArray } from 'rxjs';
import { type Delta, HttpError, InvalidOptionError, streamStatus, type StreamStatus } from 'rxllm';

import {
  audio,
  call,
  end,
  finish,
  other,
  partEnd,
  partStart,
  reasoning,
  refusal,
  start,
  text,
  usage,
} from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record, thrownBy } from '../support/record.ts';

const error = new HttpError({ status: 503, url: 'http://a.test' });

const deltas: Record<string, Delta> = {
  s: start(),
  p: partStart(0, 'text'),
  r: reasoning(0, 'Hm'),
  t: text(0, 'Hi'),
  o: other('x', 1),
  n: usage({ inputTokens: 1 }),
  f: finish('stop'),
  e: end,
  y: { type: 'retry', attempt: 2, delayMs: 5, error },
  m: { type: 'resume', resumption: 1, delayMs: 5, error },
};

const statuses: Record<string, StreamStatus> = {
  c: 'connecting',
  w: 'waiting',
  h: 'thinking',
  s: 'streaming',
  z: 'stalled',
  y: 'retrying',
  m: 'resuming',
  e: 'ended',
  x: 'failed',
};

type Row = readonly [what: string, source: string, expected: string];

const rows: readonly Row[] = [
  ['an answer, from the first request to the end', '--s-r--t-t-f(e|)', 'c-w-h--s----(e|)'],
  ['an answer of several parts', '-spr-pt-r-t-(e|)', 'cw-h--s-h-s-(e|)'],
  ['a source that has nothing to say', '-----------', 'c----z'],
  ['a model that is stuck before its first token', '-s--------', 'cw----z'],
  ['a model that is stuck while it thinks', '-sr--------', 'cwh----z'],
  ['a stall and the way back', '-sr-------t--|', 'cwh----z--s--|'],
  ['a stall, then the same as before', '-st-------t--|', 'cws----z--s--|'],
  ['a stall that ends with something that is no token', '-sr-------o-|', 'cwh----z--h-|'],
  ['two stalls', '-st------t------', 'cws----z-s----z'],
  ['deltas of no account, which show that it lives', '-st---o---n---f-(e|)', 'cws-------------(e|)'],
  ['a silent end', '-st-f---------(e|)', 'cws------z----(e|)'],
  ['a retry', '-y--------s-t(e|)', 'cy----c---w-s(e|)'],
  ['a retry after the answer had begun', '-st-y-st-(e|)', 'cws-y-ws-(e|)'],
  ['several retries', '-y-----y------s', 'cy----cy----c-w----z'],
  ['a retry whose next request is stuck', '-y----------', 'cy----c----z'],
  ['a stall after a retry, and the way back', '-y-----------s-t', 'cy----c----z-w-s----z'],
  ['a resumption', '-st-m--------t-(e|)', 'cws-m--------s-(e|)'],
  ['a resumption that is stuck', '-st-m-------------', 'cws-m---------z'],
  ['a stall after a resumption, and the way back', '-st-m----------s-t', 'cws-m---------zw-s----z'],
  ['a failure', '-st#', 'cws(x|)'],
  ['a failure at once', '#', '(cx|)'],
  ['a failure after a stall', '-st------#', 'cws----z-(x|)'],
  ['a failure during a retry', '-y--#', 'cy--(x|)'],
  ['an end without its delta', '-st-|', 'cws-|'],
  ['an end of nothing', '|', '(c|)'],
  ['an end right after a stall', '-st----------|', 'cws----z-----|'],
  ['a late end of the source', '-st(e)----------|', 'cwse------------|'],
];

describe('streamStatus', () => {
  it.each(rows)('tells of %s', (_, source, expected) => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold(source, deltas, error).pipe(streamStatus({ stalledAfterMs: 5 }))).toBe(expected, statuses);
    })();
  });

  it(
    'waits as long as was announced, whatever it waited for before',
    marbles(({ cold, expectObservable }) => {
      const wait = (delayMs: number): Delta => ({ type: 'retry', attempt: 2, delayMs, error });
      const source = cold('-a---b', { a: wait(50), b: wait(3) });

      expectObservable(source.pipe(streamStatus({ stalledAfterMs: 20 }))).toBe('cy------c 19ms z', statuses);
    }),
  );

  it('winds no timer for a delta', () => {
    const { setInterval: real } = globalThis;
    let timers = 0;
    globalThis.setInterval = ((...args: Parameters<typeof real>) => ((timers += 1), real(...args))) as typeof real;
    try {
      const source = new Subject<Delta>();
      const subscription = source.pipe(streamStatus()).subscribe();
      for (let index = 0; index < 1_000; index += 1) source.next(text(0, 'a'));
      subscription.unsubscribe();
      expect(timers).toBe(1);
    } finally {
      globalThis.setInterval = real;
    }
  });

  it.each<readonly [Delta, StreamStatus]>([
    [text(0, 'a'), 'streaming'],
    [refusal(0, 'a'), 'streaming'],
    [call(0, { id: 'c' }), 'streaming'],
    [audio(0, { data: 'AA==' }), 'streaming'],
    [reasoning(0, 'a'), 'thinking'],
    [end, 'ended'],
  ])('%j brings %s', (delta, status) => {
    expect(record(of(start(), delta).pipe(streamStatus())).values).toEqual(['connecting', 'waiting', status]);
  });

  it.each([partStart(0, 'text'), partEnd(0), usage({}), finish('stop'), other('x', 1)])('%j brings none', (delta) => {
    expect(record(of(start(), delta).pipe(streamStatus())).values).toEqual(['connecting', 'waiting']);
  });

  it(
    'takes ten seconds for a stall unless told otherwise, and none for Infinity',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-s', deltas).pipe(streamStatus())).toBe('cw 9999ms z', statuses);
      expectObservable(cold('-s 1000m t', deltas).pipe(streamStatus({ stalledAfterMs: Infinity }))).toBe(
        'cw 1000m s',
        statuses,
      );
    }),
  );

  it.each([Infinity, 2 ** 31])('sets no timer for stalledAfterMs: %d, which none can wait for', (stalledAfterMs) => {
    const { setInterval: real } = globalThis;
    let timers = 0;
    globalThis.setInterval = ((...args: Parameters<typeof real>) => ((timers += 1), real(...args))) as typeof real;
    try {
      NEVER.pipe(streamStatus({ stalledAfterMs })).subscribe().unsubscribe();
      expect(timers).toBe(0);
      NEVER.pipe(streamStatus({ stalledAfterMs: 5 }))
        .subscribe()
        .unsubscribe();
      expect(timers).toBe(1);
    } finally {
      globalThis.setInterval = real;
    }
  });

  it(
    'lets go of the source and of its timer when it is left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-s-----', deltas);

      expectObservable(source.pipe(streamStatus({ stalledAfterMs: 5 })), '^--!').toBe('cw--', statuses);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }),
  );

  it('begins with connecting for one who comes late, and tells what comes from then on', () => {
    const source = new Subject<Delta>();
    const status = source.pipe(streamStatus());
    const early: StreamStatus[] = [];
    const late: StreamStatus[] = [];
    const subscriptions = [status.subscribe((one) => early.push(one))];
    source.next(start());
    source.next(text(0, 'a'));
    subscriptions.push(status.subscribe((one) => late.push(one)));
    source.next(text(0, 'b'));
    source.next(end);
    source.complete();

    expect(early).toEqual(['connecting', 'waiting', 'streaming', 'ended']);
    expect(late).toEqual(['connecting', 'streaming', 'ended']);
    expect(subscriptions.every(({ closed }) => closed)).toBe(true);
  });

  it('completes at once with a source that does', () => {
    expect(record(EMPTY.pipe(streamStatus()))).toEqual({ values: ['connecting'], ending: 'complete' });
    expect(record(of(start(), text(0, 'a')).pipe(streamStatus(), toArray()))).toEqual({
      values: [['connecting', 'waiting', 'streaming']],
      ending: 'complete',
    });
    expect(record(NEVER.pipe(streamStatus(), take(1)))).toEqual({ values: ['connecting'], ending: 'complete' });
  });

  it.each([0, -1, NaN, '5'])('refuses stalledAfterMs: %s', (stalledAfterMs) => {
    expect(thrownBy(() => streamStatus({ stalledAfterMs: stalledAfterMs as number }))).toBeInstanceOf(
      InvalidOptionError,
    );
  });
});
