import fc from 'fast-check';
import { concat, EMPTY, from, type Observable, of, scan, take, throwError } from 'rxjs';
import {
  accumulateDelta,
  bufferForUi,
  type Completion,
  type CompletionProgress,
  type Delta,
  InvalidOptionError,
  reduceDelta,
  type StreamProgress,
  trackProgress,
  withProgress,
} from 'rxllm';

import { answers, anyShape } from '../support/arbitraries.ts';
import { audio, call, end, finish, redact, reduceAll, start, stepEnd, text, usage } from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { record, thrownBy } from '../support/record.ts';
import { workedMs } from '../support/workedMs.ts';

const completionsOf = (deltas: Iterable<Delta>): Observable<Completion> => from(deltas).pipe(accumulateDelta());

const last = (...deltas: Delta[]): StreamProgress =>
  (record(completionsOf(deltas).pipe(withProgress())).values.at(-1) as CompletionProgress).progress;

const timed = (
  source: string,
  deltas: Record<string, Delta>,
  through = (completions: Observable<Completion>) => completions,
): StreamProgress[] => {
  const seen: StreamProgress[] = [];
  marbles(({ cold, flush }) => {
    through(cold(source, deltas).pipe(accumulateDelta()))
      .pipe(withProgress())
      .subscribe(({ progress }) => seen.push(progress));
    flush();
  })();
  return seen;
};

const deltas: Record<string, Delta> = {
  s: start(),
  r: start('a1', 'm', 0, 2),
  n: start('a2', 'm', 1),
  t: text(0, 'eight ch'),
  u: usage({ outputTokens: 100 }),
  e: end,
};

describe('withProgress', () => {
  it('says the same as trackProgress in the end', () => {
    fc.assert(
      fc.property(answers(anyShape), (answer) => {
        const { progress } = record(completionsOf(answer).pipe(withProgress())).values.at(-1) as CompletionProgress;
        const tracked = record(from(answer).pipe(trackProgress())).values.at(-1) as StreamProgress;
        const comparable = ({ chars, usage: reported }: StreamProgress) => ({ chars, usage: reported });

        expect(comparable(progress)).toEqual(comparable(tracked));
        expect(progress.bytes).toBe(tracked.bytes);
        if (tracked.usage?.outputTokens !== undefined && !tracked.isEstimated) {
          expect([progress.tokens, progress.isEstimated]).toEqual([tracked.tokens, false]);
        }
      }),
    );
  });

  it('has one value for each completion, with it', () => {
    const all = [start(), text(0, 'a'), text(0, 'b'), finish('stop'), end];
    const { values } = record(completionsOf(all).pipe(withProgress()));

    expect(values.map(({ completion }) => completion.text)).toEqual(['', 'a', 'ab', 'ab', 'ab']);
    expect(values.map(({ progress }) => progress.chunks)).toEqual([0, 1, 2, 2, 2]);
  });

  it('takes tool calls and audio for pieces, too', () => {
    expect(
      last(start(), call(0, { id: 'c', name: 'f' }), audio(1, { data: 'AAAA' }), audio(1, { data: 'AAAA' })),
    ).toMatchObject({ chunks: 3, chars: 0, tokens: 0, tokensPerSecond: undefined });
  });

  it('corrects the estimate by what the provider says, and estimates what comes after', () => {
    const all = [
      start(),
      usage({ outputTokens: 1 }),
      text(0, 'abcdefgh'),
      usage({ outputTokens: 40 }),
      text(0, 'abcd'),
    ];
    const seen = record(completionsOf(all).pipe(withProgress())).values.map(({ progress }) => progress);

    expect(seen.map(({ tokens, isEstimated }) => [tokens, isEstimated])).toEqual([
      [0, false],
      [1, false],
      [3, true],
      [40, false],
      [41, true],
    ]);
  });

  it('measures time as trackProgress does', () => {
    expect(timed('99ms s 199ms t 99ms t e|', deltas).at(-1)).toMatchObject({
      ttftMs: 299,
      elapsedMs: 400,
      tokensPerSecond: 20,
      gapP50Ms: 100,
      gapP95Ms: 100,
    });
    expect(timed('s t 98ms r 99ms t 99ms t|', deltas).at(-1)).toMatchObject({
      chunks: 2,
      chars: 16,
      ttftMs: 200,
      elapsedMs: 300,
      gapP50Ms: 100,
    });
    expect(timed('s t 9ms t 10s n 10s t 9ms t|', deltas).at(-1)).toMatchObject({
      chunks: 4,
      ttftMs: 1,
      gapP95Ms: 10,
      tokensPerSecond: 200,
    });
  });

  it('counts snapshots behind a buffer', () => {
    expect(
      timed('s t t t 99ms t t 99ms e|', deltas, (completions) => completions.pipe(bufferForUi())).at(-1),
    ).toMatchObject({
      chunks: 2,
      chars: 40,
    });
  });

  it('begins afresh with a retry whose beginning was skipped', () => {
    const completions = [reduceAll([start('a1'), text(0, 'abcdefgh')]), reduceAll([start('a2'), text(0, 'ab')])];
    const { values } = record(from(completions).pipe(withProgress()));

    expect(values.at(-1)?.progress).toMatchObject({ chunks: 1, chars: 2, tokens: 1 });
  });

  it('adds steps up, and takes back one that is retried', () => {
    const first = [start(), text(0, 'abcd'), usage({ outputTokens: 9 }), stepEnd(0)];
    const second = [start('a2', 'm', 1), text(0, 'abcdefgh')];
    const again = [start('a3', 'm', 1, 2), text(0, 'a')];

    expect(last(...first, ...second)).toMatchObject({ chunks: 2, chars: 12, tokens: 11 });
    expect(last(...first, ...second, ...again)).toMatchObject({ chunks: 2, chars: 5, tokens: 10 });
    expect(last(...first, ...second, usage({ outputTokens: 3 }))).toMatchObject({ tokens: 12, isEstimated: false });
    expect(last(...first.slice(0, 2), ...second, usage({ outputTokens: 3 }))).toMatchObject({
      tokens: 4,
      isEstimated: true,
    });
  });

  it('counts what stands, not what was taken back', () => {
    expect(last(start(), text(0, 'abcdefgh'), redact(0, 2, ''))).toMatchObject({ chars: 2, bytes: 2, chunks: 1 });
  });
});

describe('withProgress, its readings', () => {
  const mixed = ['漢字仮名', 'letters and more of them ', '👍🏽', 'é'];
  const many = Array.from({ length: 4_000 }, (_, at) => text(0, mixed[(at * 7 + (at >> 5)) % 4] ?? ''));
  const whole = many.map((delta) => ('text' in delta ? delta.text : '')).join('');
  const bytes = new TextEncoder().encode(whole).length;

  it('reckons while the answer comes, and is exact once it is whole', () => {
    const { values } = record(completionsOf([start(), ...many, finish('stop'), end]).pipe(withProgress()));
    const written = values.slice(1, -2);
    for (const { completion, progress } of written) {
      const exact = new TextEncoder().encode(completion.text).length;
      expect(Math.abs(progress.bytes / exact - 1)).toBeLessThan(0.2);
      if (completion.text.length <= 256) expect(progress.bytes).toBe(exact);
    }
    expect(values.at(-1)?.progress).toMatchObject({ bytes, chars: whole.length, tokens: Math.ceil(bytes / 4) });
  });

  it.each([
    [
      'an error',
      concat(
        completionsOf([start(), ...many]),
        throwError(() => 'cut'),
      ),
      'error',
    ],
    ['an end before the end of the answer', completionsOf([start(), ...many]), 'complete'],
  ] as const)('is exact at %s, too', (_what, source, ending) => {
    const seen = record(source.pipe(withProgress()));

    expect(seen.ending).toBe(ending);
    expect(seen.values.at(-1)?.progress.bytes).toBe(bytes);
    expect(seen.values).toHaveLength(many.length + 2);
    expect(seen.values.at(-1)?.completion).toBe(seen.values.at(-2)?.completion);
  });

  it('shows nothing twice where all was counted', () => {
    expect(record(completionsOf([start(), text(0, 'short')]).pipe(withProgress())).values).toHaveLength(2);
  });

  it('is linear, by a tokenizer that counts what it reads', () => {
    let read = 0;
    const countTokens = (piece: string): number => {
      read += piece.length;
      return piece.length / 2;
    };
    const { values } = record(completionsOf([start(), ...many, end]).pipe(withProgress({ countTokens })));

    expect(values.at(-1)?.progress.tokens).toBe(Math.ceil(whole.length / 2));
    // Up to 256 characters are read every time.
    expect(read).toBeLessThan(7 * whole.length + 256 * 256);
  });

  it('stays fast for a long answer', () => {
    const before = workedMs();
    const long$ = from(Array.from({ length: 200_000 }, () => text(0, 'some text '))).pipe(
      scan((completion: Completion, delta) => reduceDelta(completion, delta), reduceAll([start()])),
      withProgress(),
    );
    expect(record(long$).values.at(-1)?.progress.chars).toBe(2_000_000);
    expect(workedMs() - before).toBeLessThan(5_000);
  });
});

describe('withProgress, the rest', () => {
  it('ends as a source ends that has nothing', () => {
    expect(record(EMPTY.pipe(withProgress()))).toEqual({ values: [], ending: 'complete' });
    expect(record(throwError(() => 'no').pipe(withProgress()))).toEqual({ values: [], ending: 'error', error: 'no' });
  });

  it('holds nothing for two subscriptions together, and leaves when it is left', () => {
    const operator = withProgress();
    const source = completionsOf([start(), text(0, 'a'), text(0, 'b')]);

    expect(record(source.pipe(operator, take(2))).values.at(-1)?.progress.chars).toBe(1);
    expect(record(source.pipe(operator)).values.at(-1)?.progress.chunks).toBe(2);
  });

  it('ends with what a tokenizer throws, and refuses what is none', () => {
    const countTokens = (): number => {
      throw new Error('mine');
    };
    expect(record(of(reduceAll([start(), text(0, 'a')])).pipe(withProgress({ countTokens }))).ending).toBe('error');
    expect(thrownBy(() => withProgress({ countTokens: {} as () => number }))).toBeInstanceOf(InvalidOptionError);
  });
});
