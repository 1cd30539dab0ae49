import { expectTypeOf } from 'expect-type';
import { concat, defer, EMPTY, finalize, from, mergeMap, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { accumulateDelta, type Completion, type Delta, LimitError, reduceDelta, streamDeltas } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { answer } from 'rxllm/testing';

import { toAsyncIterable } from '../../src/combine/toAsyncIterable.ts';
import { audio, call, end, finish, logprobs, partStart, text, usage } from '../support/deltas.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

expectNothingUncaught();

const error = new Error('mine');

/** A source that is fed by hand, and knows who listens. */
const fed = <T>() => {
  const feed = new Subject<T>();
  const state = { subscribed: 0, left: 0 };
  const source = defer(() => {
    state.subscribed += 1;
    return feed.pipe(finalize(() => (state.left += 1)));
  });
  return { feed, source, state };
};

const iteratorOf = <T>(source: Observable<T>, options = {}): Required<AsyncIterator<T, undefined>> =>
  toAsyncIterable(source, options)[Symbol.asyncIterator]() as Required<AsyncIterator<T, undefined>>;

const collect = async <T>(iterable: AsyncIterable<T>): Promise<T[]> => {
  const values: T[] = [];
  for await (const value of iterable) values.push(value);
  return values;
};

/** What a reader gets who comes back only after all of `values` have arrived. */
const waited = async <T>(values: readonly T[], options = {}): Promise<T[]> => {
  const { feed, source } = fed<T | 'first'>();
  const iterator = iteratorOf(source, options);
  const first = iterator.next();
  feed.next('first');
  for (const value of values) feed.next(value);
  feed.complete();
  await first;
  return (await collect({ [Symbol.asyncIterator]: () => iterator })) as T[];
};

describe('toAsyncIterable', () => {
  it('gives the values of a stream to a loop, which ends with it', async () => {
    expect(await collect(toAsyncIterable(from(answer({ text: 'Hi' })))).then((all) => all.at(-1))).toEqual(end);
    expect(await collect(toAsyncIterable(of(1, 2, 3)))).toEqual([1, 2, 3]);
    expect(await collect(toAsyncIterable(EMPTY))).toEqual([]);
  });

  it('subscribes with the first next(), once for each iterator', async () => {
    const { feed, source, state } = fed<number>();
    const iterable = toAsyncIterable(source);
    const [a, b] = [iterable[Symbol.asyncIterator](), iterable[Symbol.asyncIterator]()];
    expect(state.subscribed).toBe(0);

    const results = Promise.all([a.next(), a.next(), b.next()]);
    expect(state.subscribed).toBe(2);
    feed.next(1);
    feed.next(2);
    expect((await results).map(({ value }) => value)).toEqual([1, 2, 1]);
  });

  it('throws the error once, after what came before it', async () => {
    const iterator = iteratorOf(
      concat(
        of(1, 2),
        throwError(() => error),
      ),
    );

    expect([await iterator.next(), await iterator.next()]).toMatchObject([{ value: 1 }, { value: 2 }]);
    await expect(iterator.next()).rejects.toBe(error);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('throws what subscribing throws', async () => {
    const source = () => {
      throw error;
    };

    await expect(collect(toAsyncIterable(source))).rejects.toBe(error);
  });

  it.each([
    ['break', (): boolean => true],
    [
      'a throw',
      (): boolean => {
        throw error;
      },
    ],
  ])('unsubscribes on %s', async (_how, isEnough) => {
    const { feed, source, state } = fed<number>();
    const loop = (async () => {
      for await (const value of toAsyncIterable(source)) if (value === 1 && isEnough()) break;
    })().catch((reason: unknown) => reason);
    feed.next(1);
    await loop;

    expect(state).toEqual({ subscribed: 1, left: 1 });
  });

  it('unsubscribes with return() and throw() while a next() is pending', async () => {
    const { source, state } = fed<number>();
    const [a, b] = [iteratorOf(source), iteratorOf(source)];
    const pending = [a.next(), a.next(), b.next()];
    const results = [a.return(), b.throw(error).catch((reason: unknown) => reason)];

    expect(state).toEqual({ subscribed: 2, left: 2 });
    expect(await Promise.all(pending)).toEqual(Array.from({ length: 3 }, () => ({ done: true, value: undefined })));
    expect(await Promise.all(results)).toEqual([{ done: true, value: undefined }, error]);
    expect(await a.next()).toEqual({ done: true, value: undefined });
  });

  it('never subscribes when it is left before the first next()', async () => {
    const { source, state } = fed<number>();
    const iterator = iteratorOf(source);
    await iterator.return();

    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(state.subscribed).toBe(0);
  });

  it('can be left while a synchronous source is still giving', async () => {
    const { source, pulled } = endless(1);
    const iterator = iteratorOf(
      from(source).pipe(
        mergeMap((value) => {
          if (pulled() === 5) void iterator.return();
          return of(value);
        }),
      ),
    );

    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(pulled()).toBe(5);
  });

  it('joins the pieces of a part that wait', async () => {
    const deltas = [
      text(0, 'a'),
      text(0, 'b'),
      call(1, { id: 'c1', name: 'f' }),
      call(1, { argumentsText: '{' }),
      call(1, { argumentsText: '}' }),
      call(1, { id: 'c2' }),
    ];

    expect(await waited(deltas)).toEqual([
      text(0, 'ab'),
      call(1, { id: 'c1', name: 'f', argumentsText: '{}' }),
      call(1, { id: 'c2' }),
    ]);
  });

  it('joins past the pieces of other choices, log probabilities and usage, and past nothing else', async () => {
    const token = { token: 'a', bytes: null, logprob: -1, topLogprobs: [] };
    const turns = [0, 1, 2].flatMap((at) => [
      text(0, `a${at}`),
      logprobs([token]),
      text(0, `b${at}`, 1),
      usage({ outputTokens: at }),
    ]);

    expect(await waited([...turns, finish('stop'), text(0, 'after')])).toEqual([
      text(0, 'a0a1a2'),
      logprobs([token, token, token]),
      text(0, 'b0b1b2', 1),
      usage({ outputTokens: 2 }),
      finish('stop'),
      text(0, 'after'),
    ]);
  });

  it('gives a slow reader the same answer as a fast one', async () => {
    const deltas = answer({
      reasoning: 'Let me see now',
      text: 'To be or not to be',
      toolCalls: [{ id: 'c1', name: 'f', arguments: ['{"a"', ':1}'] }],
      usage: { inputTokens: 1 },
    });
    const reduce = (all: readonly Delta[]) =>
      all.reduce<Completion | undefined>((completion, delta) => reduceDelta(completion, delta), undefined);
    const slow = await waited(deltas);

    expect(slow.length).toBeLessThan(deltas.length);
    expect(reduce(slow)).toEqual(reduce(deltas));
  });

  it('keeps only the newest completion that waits, and every chunk that merely looks like one', async () => {
    const completions = ['a', 'b', 'c'].map((words) => reduceDelta(undefined, text(0, words)));
    const chunks = [{ choices: [1] }, { choices: [2] }];

    expect((await waited(completions)).map(({ text: words }) => words)).toEqual(['c']);
    expect(await waited(chunks)).toEqual(chunks);
  });

  it('gives what queued up, then a LimitError, when too much waits', async () => {
    const { source, state } = fed<number>();
    const iterator = iteratorOf(concat(of(1, 2, 3, 4, 5), source), { maxQueued: 3 });

    expect((await iterator.next()).value).toBe(1);
    expect([await iterator.next(), await iterator.next(), await iterator.next()]).toMatchObject([
      { value: 2 },
      { value: 3 },
      { value: 4 },
    ]);
    await expect(iterator.next()).rejects.toEqual(new LimitError('maxQueued', 3));
    expect(state.subscribed).toBe(0);
    await expect(waited([text(0, 'abc'), text(0, 'def')], { maxQueuedChars: 5 })).rejects.toEqual(
      new LimitError('maxQueuedChars', 5),
    );
  });

  it('bounds an endless answer, and values of a synchronous source without end', async () => {
    const { source } = endless(text(0, 'abcd'));
    const values = collect(toAsyncIterable(from(source), { maxQueuedChars: 1_000 }));
    await expect(values).rejects.toMatchObject({ option: 'maxQueuedChars' });
    const numbers = endless(1);
    await expect(collect(toAsyncIterable(from(numbers.source)))).rejects.toMatchObject({ limit: 10_000 });
    expect(numbers.pulled()).toBe(10_002);
  });

  it('counts what has been read no more', async () => {
    const { feed, source } = fed<Delta>();
    const iterator = iteratorOf(source, { maxQueued: 2, maxQueuedChars: 4 });
    const seen: Delta[] = [];
    for (let at = 0; at < 50; at += 1) {
      const next = iterator.next();
      feed.next(text(0, 'ab'));
      feed.next(text(0, 'cd'));
      feed.next(partStart(1, 'text'));
      const rest = [await next, await iterator.next(), await iterator.next()];
      seen.push(...rest.flatMap(({ value }) => value ?? []));
    }

    expect(seen).toHaveLength(150);
  });

  it('stays quick when many chunks wait that cannot be joined', async () => {
    const token = { token: 'a', bytes: null, logprob: -1, topLogprobs: [] };
    const deltas = Array.from({ length: 20_000 }, (_, at) => [logprobs([token]), audio(0, { data: `${at}` })]).flat();
    const startMs = workedMs();

    expect(await waited(deltas, { maxQueued: Infinity })).toHaveLength(40_000);
    expect(workedMs() - startMs).toBeLessThan(2_000);
  });

  it('tells a source that can wait when all has been read', async () => {
    const log: string[] = [];
    const paced = (pace: { ready: () => Promise<void> }) =>
      new Observable<number>((out) => {
        void (async () => {
          for (let at = 0; at < 3; at += 1) {
            await pace.ready();
            log.push(`sent ${at}`);
            out.next(at);
          }
          out.complete();
        })();
      });
    for await (const value of toAsyncIterable(paced)) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      log.push(`read ${value}`);
    }

    // One value may wait while the reader works on another.
    expect(log).toEqual(['sent 0', 'sent 1', 'read 0', 'sent 2', 'read 1', 'read 2']);
  });

  it('holds no source up whose reader has left', async () => {
    let ready: Promise<void> | undefined;
    const iterator = toAsyncIterable(
      (pace) =>
        new Observable<number>((out) => {
          out.next(1);
          out.next(2);
          ready = pace.ready();
        }),
    )[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();

    await expect(ready).resolves.toBeUndefined();
  });

  it('types what it gives, and refuses what is no source and numbers that make no sense', () => {
    expectTypeOf(toAsyncIterable(of(1))).toEqualTypeOf<AsyncIterable<number, undefined>>();
    expect(thrownBy(() => toAsyncIterable([1] as never))).toMatchObject({ option: 'source' });
    expect(thrownBy(() => toAsyncIterable(NEVER, { maxQueued: 0 }))).toMatchObject({ option: 'maxQueued' });
  });

  it('sends nothing before the first next(), and closes the socket on break', async () => {
    const { baseUrl, requests, openSockets } = await provider({
      replies: [
        { deltas: answer({ text: 'To be '.repeat(1_000) }), frameMs: 10 },
        { deltas: answer({ text: 'To be or not to be' }) },
      ],
    });
    const request = { baseUrl: baseUrl(openAiChat), body: { model: 'm', messages: [] } };
    const completions = toAsyncIterable(streamDeltas(openAiChat, request).pipe(accumulateDelta()));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(requests).toHaveLength(0);

    for await (const { text: words } of completions) if (words.includes('be')) break;
    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);

    let last: Completion | undefined;
    for await (const completion of completions) {
      last = completion;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect([last?.text, last?.ended]).toEqual(['To be or not to be', true]);
  });

  it('closes the socket with return() while nothing arrives', async () => {
    const { baseUrl, requests, openSockets } = await provider({ replies: [{ headMs: 60_000 }] });
    const body = { model: 'm', messages: [] };
    const iterator = iteratorOf(streamDeltas(openAiChat, { baseUrl: baseUrl(openAiChat), body }));
    const pending = iterator.next();
    await until(() => requests.length === 1);

    await iterator.return();

    expect(await pending).toEqual({ done: true, value: undefined });
    await until(() => requests[0]?.endedBy === 'client' && openSockets() === 0, 'the close', 500);
  });
});
