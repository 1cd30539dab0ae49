import fc from 'fast-check';
import { asyncScheduler, concatMap, from, of, scheduled } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type Delta, moderate, type ModerateOptions, type ModerationCheck, reduceDelta } from 'rxllm';

import { anyDeltas, answers } from '../support/arbitraries.ts';
import { end, finish, partStart, reduceAll, start, text } from '../support/deltas.ts';
import { cut } from '../support/frames.ts';

const options: fc.Arbitrary<ModerateOptions> = fc.record({
  unit: fc.constantFrom('sentence', 'chars'),
  holdBackChars: fc.constantFrom(1, 3, 400, Infinity),
  maxDelayMs: fc.constantFrom(1, 3, Infinity),
  maxWindowChars: fc.constantFrom(1, 5, 4_000, Infinity),
  kinds: fc.constantFrom<ModerateOptions['kinds'][]>(['text'], ['text', 'reasoning', 'refusal']),
});

interface Run {
  readonly deltas: readonly Delta[];
  readonly error: unknown;
}

/** Runs it in virtual time, a delta each millisecond; a check takes `checkMs`, or none. */
const run = (deltas: readonly Delta[], check: ModerationCheck, option: ModerateOptions, checkMs: number): Run => {
  const seen: Delta[] = [];
  let error: unknown = 'it did not end';
  new TestScheduler(() => undefined).run(({ cold, flush }) => {
    const judge: ModerationCheck = (window) => {
      const verdict = check(window);
      return checkMs === 0 ? verdict : cold(`${checkMs}ms (v|)`, { v: verdict as boolean });
    };
    from(deltas)
      .pipe(
        concatMap((delta) => cold('d|', { d: delta })),
        moderate(judge, option),
      )
      .subscribe({ next: (delta) => seen.push(delta), error: (e) => (error = e), complete: () => (error = undefined) });
    flush();
  });
  return { deltas: seen, error };
};

/** Adjacent pieces of one part as one. */
const joined = (deltas: readonly Delta[]): readonly Delta[] => {
  const out: Delta[] = [];
  for (const delta of deltas) {
    const last = out.at(-1);
    const isPiece = 'text' in delta && last !== undefined && 'text' in last && delta.type !== 'redact';
    if (isPiece && last.type === delta.type && last.choice === delta.choice && last.part === delta.part) {
      out[out.length - 1] = { ...delta, text: (last as { text: string }).text + delta.text };
    } else out.push(delta);
  }
  return out;
};

/** What is taken back of a part that is something else than its text says has no sense to keep. */
const sensible = anyDeltas.filter(({ type }) => type !== 'redact');

const checkTimes = fc.constantFrom(0, 1, 7);

describe('moderate, over any answer', () => {
  it('gives what came, in the same order, where all passes, and asks about no more than a window', () => {
    fc.assert(
      fc.property(answers(), options, checkTimes, (deltas, option, checkMs) => {
        // A surrogate pair is one character to everybody but us.
        const mostChars = Math.max(2, option.maxWindowChars ?? NaN);
        const check: ModerationCheck = (window) => window.text.length <= mostChars;
        const { deltas: seen, error } = run(deltas, check, option, checkMs);

        expect(error).toBeUndefined();
        expect(joined(seen)).toEqual(joined(deltas));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves the same answer of deltas that make no sense, attempts that are given up included', () => {
    fc.assert(
      fc.property(fc.array(sensible, { minLength: 1, maxLength: 25 }), options, checkTimes, (list, option, checkMs) => {
        const deltas = [start(), ...list];
        const { deltas: seen, error } = run(deltas, () => true, option, checkMs);

        expect(error).toBeUndefined();
        expect(JSON.stringify(reduceAll(seen))).toBe(JSON.stringify(reduceAll(deltas)));
      }),
      { numRuns: 300 },
    );
  });

  it('leaves the same answer behind another operator that takes text back', () => {
    const piece = fc.constantFrom('a', 'b. ', 'Cc', '. D', '\n', '😀');
    const places = fc.record({ choice: fc.nat({ max: 1 }), part: fc.nat({ max: 1 }) });
    const edits = fc.oneof(
      fc.tuple(places, piece).map(([place, value]): Delta => ({ type: 'text', ...place, text: value })),
      fc
        .tuple(places, fc.oneof(piece, fc.constant('')), fc.integer({ min: -1, max: 12 }))
        .map(([place, value, fromChar]): Delta => ({ type: 'redact', ...place, fromChar, text: value })),
    );
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 15 }), options, checkTimes, (list, option, checkMs) => {
        const parts = [0, 1].flatMap((choice) => [0, 1].map((part) => partStart(part, 'text', {}, choice)));
        const deltas = [start(), ...parts, ...list, finish('stop'), end];
        const { deltas: seen, error } = run(deltas, () => true, option, checkMs);

        expect(error).toBeUndefined();
        expect(JSON.stringify(reduceAll(seen))).toBe(JSON.stringify(reduceAll(deltas)));
      }),
      { numRuns: 300 },
    );
  });

  const letters = fc.array(fc.constantFrom('a', 'b', 'x', 'y', '. ', '. A', '\n', ' ', '😀'), { maxLength: 25 });

  /** `x` must not be followed by `y`, wherever it is cut. */
  const noXy =
    (more: object): ModerationCheck =>
    ({ text: whole }) => {
      const fromChar = whole.indexOf('xy');
      return fromChar < 0 ? true : { ok: false, fromChar, ...more };
    };

  it('leaves nothing of what must not be shown, and all before it', () => {
    fc.assert(
      fc.property(
        letters,
        fc.array(fc.nat(), { maxLength: 8 }),
        options,
        checkTimes,
        (list, offsets, option, checkMs) => {
          const whole = list.join('');
          const deltas = [start(), ...cut(whole, offsets).map((piece) => text(0, piece)), finish('stop'), end];
          const { deltas: seen, error } = run(deltas, noXy({}), { ...option, maxWindowChars: 100 }, checkMs);
          const at = whole.indexOf('xy');

          expect(reduceAll([start(), ...seen]).text).toBe(at < 0 ? whole : whole.slice(0, at));
          expect(error === undefined).toBe(at < 0);
          if (at >= 0) expect(error).toMatchObject({ _tag: 'ModerationError', choice: 0, part: 0, fromChar: at });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows no part of it at any time longer than it takes to see the rest, when it redacts', () => {
    fc.assert(
      fc.property(
        letters,
        fc.array(fc.nat(), { maxLength: 8 }),
        options,
        checkTimes,
        (list, offsets, option, checkMs) => {
          const deltas = [start(), ...cut(list.join(''), offsets).map((piece) => text(0, piece)), finish('stop'), end];
          const rules: ModerateOptions = { ...option, maxWindowChars: 100, onViolation: 'redact', replacement: '#' };
          const { deltas: seen, error } = run(deltas, noXy({}), rules, checkMs);
          let now = reduceDelta(undefined, start());

          expect(error).toBeUndefined();
          for (const delta of seen) {
            now = reduceDelta(now, delta);
            expect(now.text).not.toContain('xy');
          }
          expect(now.ended).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does in real time what it does in virtual time', async () => {
    const deltas = [start(), text(0, 'One. Two'), text(0, '. Three'), finish('stop'), end];
    const seen: Delta[] = [];
    await new Promise<void>((resolve) => {
      scheduled(deltas, asyncScheduler)
        .pipe(moderate(({ fresh }) => of(fresh !== '')))
        .subscribe({ next: (delta) => seen.push(delta), complete: resolve });
    });

    expect(joined(seen)).toEqual(joined(deltas));
  });
});
