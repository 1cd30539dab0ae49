import { expectTypeOf } from 'expect-type';
import {
  concat,
  from,
  type GroupedObservable,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { accumulateDelta, type Completion, type Delta, LimitError, streamDeltas, TruncatedError } from 'rxllm';
import { openAiChat } from 'rxllm/openai';

import { splitChoices, type SplitChoicesOptions } from '../../src/combine/splitChoices.ts';
import { end, finish, logprobs, other, partEnd, partStart, start, text, textPart, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNothingUncaught, provider, until } from '../support/provider.ts';
import { endless, record, thrownBy } from '../support/record.ts';

expectNothingUncaught();

const error = new TruncatedError();
const counted = usage({ inputTokens: 3, outputTokens: 4 });

/** Every choice's own deltas, by its number. */
const split = (source: Observable<Delta>, options?: SplitChoicesOptions): Record<number, Delta[]> => {
  const byChoice: Record<number, Delta[]> = {};
  source
    .pipe(
      splitChoices(options),
      mergeMap((choice$) => choice$.pipe(map((delta) => (byChoice[choice$.key] ??= []).push(delta)))),
    )
    .subscribe({ error: () => undefined });
  return byChoice;
};

describe('splitChoices', () => {
  it('makes a whole delta stream of each choice, with what concerns all of them in each', () => {
    const deltas = [
      start(),
      usage({ inputTokens: 3 }),
      partStart(0, 'text'),
      text(0, 'a'),
      partStart(0, 'text', {}, 1),
      text(0, 'b', 1),
      logprobs([], [], 1),
      other('ping', 1),
      other('filter', 2, { choice: 1 }),
      finish('stop'),
      partEnd(0, 1),
      finish('length', 'length', 1),
      counted,
      end,
    ];

    expect(split(from(deltas))).toEqual({
      0: [
        start(),
        usage({ inputTokens: 3 }),
        partStart(0, 'text'),
        text(0, 'a'),
        other('ping', 1),
        finish('stop'),
        counted,
        end,
      ],
      1: [
        start(),
        usage({ inputTokens: 3 }),
        partStart(0, 'text'),
        text(0, 'b'),
        logprobs([]),
        other('ping', 1),
        other('filter', 2, { choice: 0 }),
        partEnd(0),
        finish('length'),
        counted,
        end,
      ],
    });
  });

  it('has choice 0 from the start on, and no choice of an empty stream', () => {
    expect(split(of(start(), end))).toEqual({ 0: [start(), end] });
    expect(split(of(text(0, 'a', 2)))).toEqual({ 2: [text(0, 'a')] });
    expect(record(of<Delta>().pipe(splitChoices()))).toEqual({ values: [], ending: 'complete' });
    expect(record(NEVER.pipe(splitChoices()))).toEqual({ values: [], ending: 'none' });
  });

  it('begins every choice afresh with a retry', () => {
    const again: Delta = { ...start(), attempt: 2 } as Delta;
    const retry: Delta = { type: 'retry', attempt: 2, delayMs: 1, error };
    const deltas = [start(), counted, text(0, 'x', 1), retry, again, text(0, 'a', 1), text(0, 'b', 2), end];

    expect(split(from(deltas))).toEqual({
      0: [start(), counted, retry, again, end],
      1: [start(), counted, text(0, 'x'), retry, again, text(0, 'a'), end],
      2: [again, text(0, 'b'), end],
    });
  });

  it('gives an error to every choice', () => {
    const failing = concat(
      of(start(), text(0, 'a', 1)),
      throwError(() => error),
    );
    const errors: unknown[] = [];
    failing.pipe(splitChoices()).subscribe({
      next: (choice$) => choice$.subscribe({ error: (reason: unknown) => errors.push([choice$.key, reason]) }),
      error: (reason: unknown) => errors.push(reason),
    });

    expect(errors).toEqual([[0, error], [1, error], error]);
  });

  it('keeps what comes before the first subscriber, adjacent pieces joined', async () => {
    const deltas = [start(), ...textPart(0, ['a', 'b', 'c'], 1), finish('stop', 'stop', 1), end];
    const choices = await lastValueFrom(from(deltas).pipe(splitChoices(), toArray()));
    const late = choices.map((choice$) => record(choice$));

    expect(late[1]).toEqual({
      values: [start(), ...textPart(0, ['abc']), finish('stop'), end],
      ending: 'complete',
    });
    expect(choices.map((choice$) => record(choice$).values)).toEqual([[], []]);
  });

  it('keeps the order when a kept delta makes the source emit more, and lets go of the rest when left', () => {
    const source = new Subject<Delta>();
    const choices: GroupedObservable<number, Delta>[] = [];
    source.pipe(splitChoices()).subscribe((choice$) => choices.push(choice$));
    source.next(start());
    source.next(text(0, 'a'));
    const seen: Delta[] = [];
    choices[0]?.subscribe((delta) => {
      if (seen.push(delta) === 1) source.next(text(0, 'b'));
    });
    source.next(text(0, 'c'));

    expect(seen).toEqual([start(), text(0, 'ab'), text(0, 'c')]);
  });

  it('ends only the choice of which too much is kept, and all when there are too many', () => {
    const deltas = [start(), ...Array.from({ length: 5 }, () => other('x', 1, { choice: 1 })), text(0, 'a'), end];
    const choices: GroupedObservable<number, Delta>[] = [];
    from(deltas)
      .pipe(splitChoices({ maxQueued: 3 }))
      .subscribe((choice$) => choices.push(choice$));

    expect(choices.map((choice$) => record(choice$).ending)).toEqual(['complete', 'error']);
    const many = of(start(), text(0, 'a', 1), text(0, 'a', 2)).pipe(splitChoices({ maxChoices: 2 }));
    expect(record(many)).toMatchObject({ ending: 'error', error: new LimitError('maxChoices', 2) });
  });

  it(
    'leaves the source once it and all choices are left',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s-a-b----', { s: start(), a: text(0, 'a'), b: text(0, 'b', 1) });
      const unsub = '      ^--!';
      const subs = '       ^-----!';
      const inner = source.pipe(
        splitChoices(),
        take(1),
        mergeMap((choice$) => choice$.pipe(takeUntil(timer(6)))),
      );
      expectObservable(inner).toBe('s-a---|', { s: start(), a: text(0, 'a') });
      expectObservable(source.pipe(splitChoices(), take(0)), unsub).toBe('|');
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('begins afresh for each subscription, and pulls no more than is taken', () => {
    const { source, pulled } = endless(text(0, 'a'));
    const texts = from(source).pipe(
      splitChoices(),
      mergeMap((choice$) => choice$),
      take(3),
    );

    expect(record(texts).values).toHaveLength(3);
    expect(pulled()).toBe(3);
    const again = from([start(), end]).pipe(
      splitChoices(),
      mergeMap((choice$) => choice$),
    );
    expect(record(again)).toEqual(record(again));
  });

  it('types its choices, and refuses numbers that make no sense', () => {
    expectTypeOf(of(start()).pipe(splitChoices())).toEqualTypeOf<Observable<GroupedObservable<number, Delta>>>();
    expect(thrownBy(() => splitChoices({ maxChoices: 0 }))).toMatchObject({ option: 'maxChoices' });
    expect(thrownBy(() => splitChoices({ maxQueued: -1 }))).toMatchObject({ option: 'maxQueued' });
  });

  it('splits an answer from a real socket, and closes it when the last choice is left', async () => {
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync(new URL('../fixtures/openai-chat/n-2.sse', import.meta.url));
    const { baseUrl, requests } = await provider({
      replies: (_, count) =>
        count === 0 ? { bytes, writeBytes: 7 } : { bytes, fault: { kind: 'stall', afterBytes: bytes.length - 200 } },
    });
    const request = { baseUrl: baseUrl(openAiChat), body: { model: 'm', n: 2, messages: [] } };
    const choices$ = streamDeltas(openAiChat, request).pipe(splitChoices());
    const answers = choices$.pipe(
      mergeMap((choice$) => choice$.pipe(accumulateDelta(), toArray())),
      map((completions) => completions.at(-1)),
      toArray(),
    );
    const whole = (await lastValueFrom(answers)) as Completion[];
    expect(whole.map(({ ended, choices, finishReason }) => [ended, choices.length, finishReason])).toEqual([
      [true, 1, expect.any(String)],
      [true, 1, expect.any(String)],
    ]);
    expect(whole[0]?.text).not.toBe(whole[1]?.text);

    let count = 0;
    const subscription = choices$.pipe(mergeMap((choice$) => choice$)).subscribe(() => (count += 1));
    await until(() => count > 3);
    subscription.unsubscribe();
    await until(() => requests[1]?.endedBy === 'client', 'the close', 500);
  });
});
