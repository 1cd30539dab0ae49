import fc from 'fast-check';
import { EMPTY, from, map, NEVER, Observable, of, Subject, take, tap, throwError } from 'rxjs';
import { type Delta, InvalidOptionError, smoothText, type SmoothTextOptions } from 'rxllm';

import { answers, anyDeltas, anyShape } from '../support/arbitraries.ts';
import {
  call,
  end,
  finish,
  other,
  partEnd,
  redact,
  reduceAll,
  refusal,
  start,
  text,
  usage,
} from '../support/deltas.ts';
import { marbles } from '../support/marbles.ts';
import { expectNoUncaughtError, record, thrownBy } from '../support/record.ts';
import { hello, joined, said, type Shown, shownAt, shownBy } from './shown.ts';
import { workedMs } from '../support/workedMs.ts';

/** The deltas, each when a tick comes. */
const zipped = (ticks: Observable<unknown>, deltas: readonly Delta[]): Observable<Delta> =>
  ticks.pipe(map((_, at) => deltas[at] as Delta));

expectNoUncaughtError();

describe('smoothText, its pace', () => {
  it('lets a burst out evenly, over half of the lag; the last grapheme may wait for more', () => {
    // 10 characters in 80 ms: 2 for each 16 ms.
    expect(shownAt('a 999ms |', hello, { maxLagMs: 160 })).toEqual([
      [16, 'ab'],
      [32, 'cd'],
      [48, 'ef'],
      [64, 'gh'],
      [80, 'i'],
      [160, 'j'],
      [1_000, '|'],
    ]);
  });

  it('goes at the pace that is asked for as long as that keeps up', () => {
    const shown = shownAt('a 999ms p|', hello, { charsPerSecond: 20, maxLagMs: 2_000 });
    const times = shown.slice(0, 9).map(([atMs]) => atMs);

    expect(shown.slice(0, 9).map(([, what]) => what)).toEqual([...'abcdefghi']);
    // One each 50 ms, at the next tick.
    expect(times.map((atMs, index) => atMs - 50 * index).every((lateMs) => lateMs >= 0 && lateMs <= 16)).toBe(true);
  });

  it('goes faster than asked for where it would fall behind', () => {
    const shown = shownAt('a 999ms |', { a: text(0, 'x'.repeat(500)) }, { charsPerSecond: 10, maxLagMs: 200 });

    expect(joined(shown)).toBe(`${'x'.repeat(500)}|`);
    expect(Math.max(...shown.slice(0, -1).map(([atMs]) => atMs))).toBeLessThanOrEqual(200);
    expect(shown.length).toBeGreaterThan(6);
  });

  it('settles at the pace of a steady stream', () => {
    // 5 characters each 20 ms: 250 a second.
    const source = Array.from({ length: 200 }, () => 'a 19ms ').join('');
    const shown = shownAt(`${source}|`, { a: text(0, 'abcde') }, { maxLagMs: 400 });
    const settled = shown.filter(([atMs]) => atMs > 1_000 && atMs < 4_000);

    expect(settled.length).toBeGreaterThan(150);
    expect(settled.every(([, what]) => what.length >= 3 && what.length <= 5)).toBe(true);
  });

  it('keeps bursts even that come more often than half of the lag', () => {
    const source = Array.from({ length: 20 }, () => 'a 199ms ').join('');
    const shown = shownAt(`${source}|`, { a: text(0, 'x'.repeat(100)) }, { maxLagMs: 500 });
    const settled = shown.filter(([atMs]) => atMs > 1_000 && atMs < 3_900);

    // 100 in 200 ms are 8 in 16 ms.
    expect(settled.every(([, what]) => what.length >= 6 && what.length <= 10)).toBe(true);
  });

  it('lets out a burst in time that a trickle follows, without a jump', () => {
    const trickle = 'b 9ms '.repeat(60);
    const shown = shownAt(`a 9ms ${trickle}|`, { a: text(0, 'x'.repeat(500)), b: text(0, 'y') }, { maxLagMs: 500 });
    const lengths = shown.slice(0, -1).map(([, what]) => what.length);

    // 500 characters in 250 ms are 32 in 16 ms; no more than that, and less and less.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(33);
    expect(shown.every(([atMs, what]) => atMs <= 500 || !what.includes('x'))).toBe(true);
  });

  it('does not jump after a wait for the last grapheme', () => {
    const shown = shownAt('a 450ms b 999ms |', { a: text(0, 'x'), b: text(0, 'y'.repeat(100)) }, { maxLagMs: 500 });

    // 101 in 250 ms are 6 or 7 in 16 ms.
    expect(Math.max(...shown.map(([, what]) => what.length))).toBeLessThanOrEqual(8);
  });

  it('shows whole words, with the white space behind them', () => {
    const shown = shownAt(
      'ab 999ms |',
      { a: text(0, 'One wo'), b: text(0, 'rd, two\n') },
      { unit: 'word', maxLagMs: 320 },
    );

    expect(shown.map(([, what]) => what)).toEqual(['One ', 'word', ', ', 'two\n', '|']);
  });

  it('gives an emoji the time of a letter, or that of its code units', () => {
    const deltas = { a: text(0, '👍🏽👍🏽👍🏽👍🏽'), p: partEnd(0) };
    const timesOf = (unit: 'char' | 'grapheme') =>
      shownAt('(ap) 2s |', deltas, { unit, charsPerSecond: 20, maxLagMs: 4_000 }).map(([atMs]) => atMs);

    expect(timesOf('grapheme').slice(0, 4)).toEqual([16, 64, 112, 160]);
    expect(timesOf('char').slice(0, 4)).toEqual([16, 208, 416, 608]);
  });

  it('is never behind by more than the lag, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.nat({ max: 120 }), chars: fc.integer({ min: 1, max: 60 }) }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.constantFrom(undefined, 5, 50, 5_000),
        fc.integer({ min: 0, max: 300 }),
        (pieces, charsPerSecond, maxLagMs) => {
          let atMs = 0;
          const came: number[] = [];
          let source = '';
          for (const { afterMs, chars } of pieces) {
            source += `${afterMs}ms a `;
            atMs += afterMs;
            came.push(...Array.from({ length: chars }, () => atMs));
            atMs += 1;
          }
          const deltas = pieces.map(({ chars }) => text(0, 'x'.repeat(chars)));
          let shown: Shown[] = [];
          marbles((helpers) => {
            const deltas$ = zipped(helpers.cold(`${source}|`), deltas);
            shown = shownBy(deltas$.pipe(smoothText({ charsPerSecond, maxLagMs })), helpers);
          })();
          let index = 0;
          for (const [shownMs, what] of shown.slice(0, -1)) {
            for (const _ of what) {
              expect(shownMs - (came[index] as number)).toBeLessThanOrEqual(maxLagMs);
              expect(shownMs).toBeGreaterThanOrEqual(came[index] as number);
              index += 1;
            }
          }
          expect(index).toBe(came.length);
          expect((shown.at(-1) as Shown)[0] - (came.at(-1) as number)).toBeLessThanOrEqual(maxLagMs + 1);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('smoothText, its order', () => {
  it('lets nothing overtake text, and passes on at once what has none before it', () => {
    const deltas = {
      s: start(),
      a: text(0, 'ab'),
      u: usage({ inputTokens: 1 }),
      r: refusal(1, 'cd'),
      t: call(2),
      f: finish('stop'),
      e: end,
    };

    expect(shownAt('s 9ms (auo) (rtf) 99ms (e|)', { ...deltas, o: other('x', 1) }, { maxLagMs: 64 })).toEqual([
      [0, 'start'],
      [26, 'ab'],
      [26, 'usage'],
      [26, 'other'],
      [42, 'cd'],
      [42, 'tool-call'],
      [42, 'finish'],
      [119, 'end'],
      [119, '|'],
    ]);
  });

  it.each([
    ['a retry', start('a2', 'm', 0, 2), 'start'],
    ['what is taken back', redact(0, 0, ''), ''],
  ])('lets all that waits go at once before %s', (_what, delta, what) => {
    expect(shownAt('a 20ms b 999ms |', { a: text(0, 'x'.repeat(100)), b: delta })).toEqual([
      [16, expect.stringMatching(/^x+$/)],
      [21, expect.stringMatching(/^x+$/)],
      [21, what],
      [1_021, '|'],
    ]);
  });

  it('makes the same completion', () => {
    fc.assert(
      fc.property(
        fc.oneof(answers(anyShape), fc.array(anyDeltas, { minLength: 1, maxLength: 40 })),
        fc.constantFrom<SmoothTextOptions['unit'][]>('char', 'word', 'grapheme'),
        fc.constantFrom<SmoothTextOptions['onEnd'][]>('finish', 'flush'),
        fc.integer({ min: 0, max: 200 }),
        fc.nat({ max: 40 }),
        (all, unit, onEnd, maxLagMs, everyMs) => {
          const given: Delta[] = [];
          let isDone = false;
          marbles(({ cold, flush }) => {
            zipped(cold(`${Array.from(all, () => `a ${everyMs}ms `).join('')}|`), all)
              .pipe(smoothText({ unit, onEnd, maxLagMs }))
              .subscribe({ next: (delta) => given.push(delta), complete: () => (isDone = true) });
            flush();
          })();

          expect(isDone).toBe(true);
          expect(JSON.stringify(reduceAll(given))).toBe(JSON.stringify(reduceAll(all)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('smoothText, its end', () => {
  it('goes on at its pace, or lets the rest go at once', () => {
    expect(shownAt('(ae|)', hello, { maxLagMs: 160 })).toEqual([
      [16, 'ab'],
      [32, 'cd'],
      [48, 'ef'],
      [64, 'gh'],
      [80, 'ij'],
      [80, 'end'],
      [80, '|'],
    ]);
    expect(shownAt('(ae|)', hello, { onEnd: 'flush' })).toEqual([
      [0, 'abcdefghij'],
      [0, 'end'],
      [0, '|'],
    ]);
  });

  it('lets all that waits go before an error', () => {
    expect(shownAt('ac 9ms #', hello)).toEqual([
      [11, 'abcdefghij'],
      [11, 'finish'],
      [11, '#error'],
    ]);
  });

  it('ends as a source ends that has nothing', () => {
    expect(record(EMPTY.pipe(smoothText()))).toEqual({ values: [], ending: 'complete' });
    expect(record(NEVER.pipe(smoothText()))).toEqual({ values: [], ending: 'none' });
    expect(record(throwError(() => 'no').pipe(smoothText()))).toEqual({ values: [], ending: 'error', error: 'no' });
    expect(record(of(text(0, '')).pipe(smoothText()))).toEqual({ values: [text(0, '')], ending: 'complete' });
  });

  it('sets no timer while nothing waits, and none when it is left', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Delta>('s-a 99ms |', { s: start(), a: text(0, 'ab') });
      expectObservable(source.pipe(smoothText()), '---!').toBe('s---', { s: start() });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    })();
    const { setInterval: real } = globalThis;
    let timers = 0;
    globalThis.setInterval = ((...args: Parameters<typeof real>) => ((timers += 1), real(...args))) as typeof real;
    try {
      const source = new Subject<Delta>();
      const subscription = source.pipe(smoothText()).subscribe();
      source.next(start());
      source.next(usage({ inputTokens: 1 }));
      expect(timers).toBe(0);
      source.next(text(0, 'ab'));
      source.next(text(0, 'cd'));
      expect(timers).toBe(1);
      subscription.unsubscribe();
    } finally {
      globalThis.setInterval = real;
    }
  });

  it('leaves a source that is still being subscribed to', () => {
    let pulled = 0;
    const source = new Observable<Delta>((out) => {
      for (; !out.closed && pulled < 1_000; pulled += 1) out.next(start());
    });
    expect(record(source.pipe(smoothText(), take(1)))).toEqual({ values: [start()], ending: 'complete' });
    expect(pulled).toBe(1);
  });

  it('keeps the order when a consumer adds while it is told', () => {
    marbles(({ flush }) => {
      const source = new Subject<Delta>();
      const seen: string[] = [];
      source.pipe(smoothText({ maxLagMs: 32 })).subscribe({
        next: (delta) => {
          seen.push(said(delta));
          if (delta.type === 'text') {
            source.next(usage({}));
            source.next(start());
            source.next(finish('stop'));
            if (seen.length > 1) source.complete();
          }
        },
        complete: () => seen.push('|'),
      });
      source.next(text(0, 'ab'));
      source.next(partEnd(0));
      flush();
      expect(seen).toEqual(['ab', 'part-end', 'usage', 'start', 'finish']);
    })();
  });

  it('completes behind what it is telling when the source completes meanwhile', () => {
    marbles(({ flush }) => {
      const source = new Subject<Delta>();
      const seen: string[] = [];
      source
        .pipe(
          smoothText({ maxLagMs: 0 }),
          tap((delta) => delta.type === 'text' && source.complete()),
        )
        .subscribe({
          next: (delta) => seen.push(said(delta)),
          complete: () => seen.push('|'),
        });
      source.next(text(0, 'ab'));
      flush();
      expect(seen).toEqual(['ab', '|']);
    })();
  });

  it('holds nothing for two subscriptions together', () => {
    const operator = smoothText({ maxLagMs: 0 });
    expect(record(of(text(0, 'a')).pipe(operator)).values).toEqual([text(0, 'a')]);
    expect(record(of(text(0, 'b')).pipe(operator)).values).toEqual([text(0, 'b')]);
  });
});

describe('smoothText, its cost', () => {
  const secondsFor = (deltas: readonly Delta[], options: SmoothTextOptions): number => {
    const before = workedMs();
    record(from(deltas).pipe(smoothText(options)));
    return (workedMs() - before) / 1_000;
  };

  it.each([
    ['letters one by one', Array.from({ length: 30_000 }, () => text(0, 'a'))],
    ['accents without end', Array.from({ length: 30_000 }, () => text(0, '\u0301'))],
    ['one piece', [text(0, 'word '.repeat(50_000))]],
    ['a word without end', Array.from({ length: 30_000 }, () => text(0, 'xyz'))],
    ['many choices in turns', Array.from({ length: 30_000 }, (_, at) => text(0, 'ab', at % 64))],
  ])('is linear for %s', (_what, deltas) => {
    for (const unit of ['grapheme', 'word'] as const) {
      // The pace lets all of it go as it arrives: everything is segmented.
      expect(secondsFor(deltas, { unit, maxLagMs: 0 })).toBeLessThan(3);
      expect(secondsFor(deltas, { unit, maxLagMs: 600_000, onEnd: 'flush' })).toBeLessThan(3);
    }
  });
});

describe('smoothText, its options', () => {
  it.each([
    { unit: 'letter' as 'char' },
    { charsPerSecond: 0 },
    { charsPerSecond: Infinity },
    { charsPerSecond: NaN },
    { charsPerSecond: '9' as unknown as number },
    { maxLagMs: -1 },
    { maxLagMs: Infinity },
    { onEnd: 'stop' as 'flush' },
  ])('refuses %p', (options) => {
    expect(thrownBy(() => smoothText(options))).toBeInstanceOf(InvalidOptionError);
  });
});
