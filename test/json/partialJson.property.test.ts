import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';
import { from } from 'rxjs';
import { OutputError, partialJson } from 'rxllm';

import { brokenTexts, chars, jsonTexts, parsed, piecesOf, sizes, snapshotsOf } from '../support/json.ts';
import { runs } from '../support/thorough.ts';

/** A value as it was, to be compared with what has become of it. */
const frozen = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (Object.is(part, -0) ? '-0' : part));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether `later` may follow `earlier` when no key comes twice: nothing goes, and only the newest may still change. */
const goesOn = (earlier: unknown, later: unknown): boolean => {
  if (typeof earlier === 'string') return typeof later === 'string' && later.startsWith(earlier);
  if (Array.isArray(earlier)) {
    return (
      Array.isArray(later) &&
      earlier.every((item, index) =>
        index === earlier.length - 1 ? goesOn(item, later[index]) : frozen(item) === frozen(later[index]),
      )
    );
  }
  if (!isObject(earlier)) return Object.is(earlier, later);
  return (
    isObject(later) &&
    Object.keys(earlier).every((key) => Object.hasOwn(later, key) && goesOn(earlier[key], later[key]))
  );
};

describe('partialJson, on any text', () => {
  it('gives what JSON.parse gives, wherever it is cut', () => {
    fc.assert(
      fc.property(jsonTexts, sizes, (text, cuts) => {
        const { values, error } = snapshotsOf(piecesOf(text, cuts));

        expect(error).toBeUndefined();
        expect(values.at(-1)?.isWhole).toBe(true);
        expect(isDeepStrictEqual(values.at(-1)?.value, JSON.parse(text))).toBe(true);
        expect(frozen(values.at(-1)?.value)).toBe(frozen(JSON.parse(text)));
      }),
      { numRuns: runs(500) },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(brokenTexts, sizes, (text, cuts) => {
        const { values, error } = snapshotsOf(piecesOf(text, cuts));
        const expected = parsed(text);

        expect(error === undefined).toBe(expected !== undefined);
        if (expected) expect(frozen(values.at(-1)?.value)).toBe(frozen(expected.value));
        else expect(error).toBeInstanceOf(OutputError);
      }),
      { numRuns: runs(800) },
    );
  });

  it('refuses it in the same place, whatever the cut', () => {
    fc.assert(
      fc.property(brokenTexts, sizes, (text, cuts) => {
        const ends = [[1], cuts, [text.length + 1]].map((each) => {
          const { error } = snapshotsOf(piecesOf(text, each));
          return error === undefined ? undefined : { ...(error as OutputError) };
        });

        expect(ends[1]).toEqual(ends[0]);
        expect(ends[2]).toEqual(ends[0]);
      }),
      { numRuns: runs(300) },
    );
  });

  it('shows the same after the same characters, whatever the cut', () => {
    fc.assert(
      fc.property(jsonTexts, sizes, (text, cuts) => {
        const read = (pieces: readonly string[]): Map<number, string> => {
          const shown = new Map<number, string>();
          let at = 0;
          let latest = frozen(undefined);
          const counted = (function* () {
            for (const piece of pieces) {
              yield piece;
              at += piece.length;
              shown.set(at, latest);
            }
          })();
          from(counted)
            .pipe(partialJson())
            .subscribe(({ value }) => (latest = frozen(value)));
          return shown;
        };
        const fine = read(chars(text));
        for (const [at, value] of read(piecesOf(text, cuts))) expect(value).toBe(fine.get(at));
      }),
      { numRuns: runs(250) },
    );
  });

  it('gives the same to one who reads late, in any order, and changes nothing that was read', () => {
    fc.assert(
      fc.property(fc.oneof(jsonTexts, brokenTexts), sizes, (text, cuts) => {
        const early: string[] = [];
        const kept: unknown[] = [];
        from(piecesOf(text, cuts))
          .pipe(partialJson())
          .subscribe({
            next: ({ value }) => {
              early.push(frozen(value));
              kept.push(value);
            },
            error: () => undefined,
          });
        const { values: late } = snapshotsOf(piecesOf(text, cuts));

        expect(late.map(({ value }) => frozen(value))).toEqual(early);
        expect(kept.map(frozen)).toEqual(early);
        const { values: backwards } = snapshotsOf(piecesOf(text, cuts));
        expect(backwards.toReversed().map(({ value }) => frozen(value))).toEqual(early.toReversed());
      }),
      { numRuns: runs(500) },
    );
  });

  it('never takes back what it has shown, nor changes what is whole', () => {
    fc.assert(
      fc.property(fc.jsonValue(), sizes, (json, cuts) => {
        const { values } = snapshotsOf(piecesOf(JSON.stringify(json), cuts));

        values.slice(1).forEach(({ value }, index) => {
          const before = values[index]?.value;
          expect(before === undefined || goesOn(before, value)).toBe(true);
        });
      }),
      { numRuns: runs(200) },
    );
  });

  it('keeps the identity of what does not change, when every value is read', () => {
    fc.assert(
      fc.property(jsonTexts, sizes, (text, cuts) => {
        const shared = (before: unknown, after: unknown): void => {
          if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null) return;
          if (Array.isArray(before) !== Array.isArray(after)) return;
          if (frozen(before) === frozen(after)) expect(after).toBe(before);
          else {
            for (const key of Object.keys(before)) {
              shared((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key]);
            }
          }
        };
        let last: unknown;
        from(piecesOf(text, cuts))
          .pipe(partialJson())
          .subscribe(({ value }) => {
            // Of a key that comes twice the values may look alike.
            if (!hasTwins(text)) shared(last, value);
            last = value;
          });
      }),
      { numRuns: runs(250) },
    );
  });
});

/** Whether some object in `text` has a key twice: `JSON.parse` then gives fewer keys than there are colons outside strings. */
const hasTwins = (text: string): boolean => {
  const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
  let keys = 0;
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) keys += Object.keys(value).length;
    Object.values(value).forEach(count);
  };
  count(JSON.parse(text));
  return keys !== colons;
};
