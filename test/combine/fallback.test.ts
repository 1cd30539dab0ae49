import { concat, from, lastValueFrom, NEVER, type Observable, of, Subject, take, throwError } from 'rxjs';
import {
  accumulateDelta,
  type Delta,
  HttpError,
  InvalidOptionError,
  retryWithBackoff,
  streamDeltas,
  TruncatedError,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { fallback } from '../../src/combine/fallback.ts';
import { end, start, text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const error = new TruncatedError();
const fatal = new HttpError({ status: 401, url: 'http://fake.test' });
const attempt = (number: number, step = 0): Delta => ({ ...start(), attempt: number, step }) as Delta;
const retried = (number: number, why = error): Delta => ({ type: 'retry', attempt: number, delayMs: 0, error: why });
const values: Record<string, Delta> = { s: start(), t: text(0, 'a'), e: end, r: retried(2), S: attempt(2) };

const failing = (deltas: readonly Delta[], why: unknown = error): Observable<Delta> =>
  concat(
    from(deltas),
    throwError(() => why),
  );

describe('fallback', () => {
  it(
    'goes on to the next source at once when one fails before its first token',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const one = cold('  s-#', values, error);
      const oneSubs = '   ^-!';
      const two = cold('    -s--t-(e|)', values);
      const twoSubs = '   --^-----!';
      const three = cold<Delta>('|');
      const expected = '  s-rS--t-(e|)';

      expectObservable(fallback([one, two, three])).toBe(expected, values);
      expectSubscriptions(one.subscriptions).toBe(oneSubs);
      expectSubscriptions(two.subscriptions).toBe(twoSubs);
      expectSubscriptions(three.subscriptions).toBe([]);
    }),
  );

  it('fails with what came after the first token, unless it may restart', () => {
    const sources = [failing([start(), text(0, 'half')]), from(answer({ text: 'whole' }))];

    expect(record(fallback(sources))).toEqual({ values: [start(), text(0, 'half')], ending: 'error', error });
    const { values: restarted, ending } = record(fallback(sources, { mode: 'restart' }).pipe(accumulateDelta()));
    expect([restarted.at(-1)?.text, ending]).toEqual(['whole', 'complete']);
  });

  it('fails with the error of the last source', () => {
    const last = new TruncatedError();

    expect(record(fallback([failing([]), failing([], last)]))).toEqual({
      values: [retried(2)],
      ending: 'error',
      error: last,
    });
  });

  it('lets errors pass that no other attempt helps, unless told otherwise', () => {
    const sources = [failing([], fatal), from([text(0, 'a')])];

    expect(record(fallback(sources)).error).toBe(fatal);
    expect(record(fallback(sources, { shouldFallBack: ({ _tag }) => _tag === 'HttpError' })).ending).toBe('complete');
  });

  it('lets errors pass that are not of a stream, and what its callback throws', () => {
    const mine = new TypeError('mine');
    const shouldFallBack = () => {
      throw mine;
    };

    expect(record(fallback([failing([], mine), NEVER], { shouldFallBack: () => true })).error).toBe(mine);
    expect(record(fallback([failing([]), NEVER], { shouldFallBack })).error).toBe(mine);
  });

  it('counts attempts on, over the retries of each source and failures before a start', () => {
    const retriedInside = failing([attempt(1), retried(2), attempt(2)]);
    const { values: deltas } = record(
      fallback([retriedInside, failing([]), concat(of(start(), retried(2), attempt(2), text(0, 'a')))]),
    );

    expect(deltas.flatMap((delta) => ('attempt' in delta ? `${delta.type} ${delta.attempt}` : []))).toEqual([
      'start 1',
      'retry 2',
      'start 2',
      'retry 3',
      'retry 4',
      'start 4',
      'retry 5',
      'start 5',
    ]);
  });

  it('forgets the tokens of an attempt that began afresh, but not those of earlier steps', () => {
    const afresh = failing([start(), text(0, 'a'), retried(2), attempt(2)]);
    const nextStep = failing([start(), text(0, 'a'), attempt(1, 1)]);

    expect(record(fallback([afresh, of(end)])).ending).toBe('complete');
    expect(record(fallback([nextStep, of(end)])).ending).toBe('error');
  });

  it('takes an answer without a token, and an empty stream, for an ending', () => {
    expect(record(fallback([of(start(), end), NEVER])).ending).toBe('complete');
    expect(record(fallback([of(), NEVER]))).toEqual({ values: [], ending: 'complete' });
  });

  it('stands behind a retry of each source', () => {
    const retrying = failing([]).pipe(retryWithBackoff({ maxRetries: 0 }));

    expect(record(fallback([retrying, from(answer({ text: 'Hi' }))])).ending).toBe('complete');
  });

  it('goes through many synchronous failures, and pulls no more than is taken', () => {
    const { source, pulled } = endless(text(0, 'a'));
    const sources = [...Array.from({ length: 100 }, () => failing([])), from(source)];

    expect(record(fallback(sources).pipe(take(102))).values).toHaveLength(102);
    expect(pulled()).toBe(2);
  });

  it('starts with the first source for each subscription', () => {
    const falling = fallback([failing([start()]), from(answer({ text: 'Hi' }))]);

    expect(record(falling)).toEqual(record(falling));
    expect(record(falling).values[0]).toEqual(start());
  });

  it('keeps the order when a delta makes the source fail', () => {
    const source = new Subject<Delta>();
    const seen: Delta[] = [];
    fallback([source, of(text(0, 'b'))]).subscribe((delta) => {
      if (seen.push(delta) === 1) source.error(error);
    });
    source.next(start());

    expect(seen).toEqual([start(), retried(2), text(0, 'b')]);
  });

  it('refuses what makes no sense', () => {
    expect(thrownBy(() => fallback([]))).toBeInstanceOf(InvalidOptionError);
    expect(thrownBy(() => fallback([of()], { mode: 'always' as never }))).toMatchObject({ option: 'mode' });
  });

  it('leaves the source at work, and falls from one provider to another on real sockets', async () => {
    const { baseUrl, requests } = await provider({
      replies: ({ dialect }, count) => {
        if (dialect === 'openai-chat') return { status: 503 };
        return { deltas: answer({ text: count < 2 ? 'To be or not' : 'To be '.repeat(1_000) }), frameMs: 10 };
      },
    });
    const deltas$ = fallback([
      streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] }, retry: false }),
      streamDeltas(anthropicMessages, {
        baseUrl: baseUrl(anthropicMessages),
        body: { model: 'm', max_tokens: 9, messages: [] },
      }),
    ]);

    expect((await lastValueFrom(deltas$.pipe(accumulateDelta()))).text).toBe('To be or not');
    let count = 0;
    const subscription = deltas$.subscribe(() => (count += 1));
    await until(() => count > 3);
    subscription.unsubscribe();
    await until(() => requests.at(-1)?.endedBy === 'client', 'the close', 500);
  });
});
