import { firstValueFrom, from, lastValueFrom, NEVER, of, take } from 'rxjs';
import { type Completion, reduceDelta, streamCompletion, TruncatedError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { shareCompletion } from '../../src/combine/shareCompletion.ts';
import { text } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { ending, expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record } from '../support/record.ts';

expectNothingUncaught();

const saying = (words: string): Completion => reduceDelta(undefined, text(0, words));
const values = { a: saying('a'), b: saying('ab'), c: saying('abc'), d: saying('abcd') };
const error = new TruncatedError();

describe('shareCompletion', () => {
  it(
    'gives a late subscriber the answer so far, then the rest, of one subscription',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a--b--c--d|', values);
      const subs = '         ^---------!';
      const late = '         ----^------';
      const after = '        -------------^';
      const shared = source.pipe(shareCompletion());

      expectObservable(shared).toBe('        a--b--c--d|', values);
      expectObservable(shared, late).toBe('  ----b-c--d|', values);
      expectObservable(shared, after).toBe(' -------------(d|)', values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'gives whoever comes after an error the last answer and the error, without another request',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a--b#', values, error);
      const shared = source.pipe(shareCompletion());

      expectObservable(shared).toBe('           a--b#', values, error);
      expectObservable(shared, '-------^').toBe('-------(b#)', values, error);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }),
  );

  it(
    'ends the request when the last subscriber leaves, and starts anew for the next',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-----b', values);
      const shared = source.pipe(shareCompletion());

      expectObservable(shared, '^-!').toBe('a', values);
      expectObservable(shared, '-^--!').toBe('-a', values);
      expectObservable(shared, '------^--!').toBe('------a', values);
      expectSubscriptions(source.subscriptions).toBe(['^---!', '------^--!']);
    }),
  );

  it('works with sources that are synchronous, endless, empty or silent', () => {
    const { source, pulled } = endless(values.a);

    expect(record(of(values.a, values.b).pipe(shareCompletion()))).toEqual({
      values: [values.a, values.b],
      ending: 'complete',
    });
    expect(record(from(source).pipe(shareCompletion(), take(2))).values).toHaveLength(2);
    expect(pulled()).toBe(2);
    expect(record(of<Completion>().pipe(shareCompletion()))).toEqual({ values: [], ending: 'complete' });
    expect(record(NEVER.pipe(shareCompletion())).ending).toBe('none');
  });

  it('holds no state between two streams it is applied to', () => {
    const operator = shareCompletion();

    expect(record(of(values.a).pipe(operator)).values).toEqual([values.a]);
    expect(record(of(values.b).pipe(operator)).values).toEqual([values.b]);
  });

  it('lets a subscriber bring another along', () => {
    const seen: string[] = [];
    const shared = of(values.a, values.b).pipe(shareCompletion());
    shared.subscribe((completion) => {
      seen.push(`first ${completion.text}`);
      if (completion === values.a) shared.subscribe(({ text: words }) => seen.push(`second ${words}`));
    });

    expect(seen).toEqual(['first a', 'second a', 'first ab', 'second ab']);
  });

  it('sends one request for three, and closes its socket when the last one leaves', async () => {
    const { baseUrl, requests, openSockets } = await provider({
      replies: [
        { deltas: answer({ text: 'To be '.repeat(1_000) }), frameMs: 10 },
        { deltas: answer({ text: 'To be or not to be' }) },
      ],
    });
    const body = { model: 'm', messages: [] };
    const completion$ = streamCompletion(openAiChat, { baseUrl: baseUrl(openAiChat), body }).pipe(shareCompletion());
    const first = completion$.subscribe();
    await firstValueFrom(completion$);
    const second = completion$.subscribe();
    first.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([requests.length, requests[0]?.endedBy, openSockets()]).toEqual([1, undefined, 1]);

    second.unsubscribe();

    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
    expect((await lastValueFrom(completion$)).text).toBe('To be or not to be');
    expect((await ending(completion$)).values).toHaveLength(1);
    expect(requests).toHaveLength(2);
  });
});
