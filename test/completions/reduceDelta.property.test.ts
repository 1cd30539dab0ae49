import fc from 'fast-check';
import { type Choice, type Completion, type Delta, type Part, reduceDelta } from 'rxllm';

import { anyDeltas, answers } from '../support/arbitraries.ts';
import { call, end, finish, reduceAll, start, text } from '../support/deltas.ts';
import { runs } from '../support/thorough.ts';

const streams = fc.oneof(answers(), fc.array(anyDeltas, { minLength: 1, maxLength: 30 }));

/** Fragments of one call, and stop reasons in between. */
const callsAndEndings = fc.array(
  fc.constantFrom<Delta>(
    start(),
    call(0, { argumentsText: '{}' }),
    call(0, {}),
    finish('stop'),
    finish('length'),
    finish('tool-calls'),
    finish('content-filter'),
    end,
    start('a2', 'm', 1),
  ),
  { maxLength: 8 },
);

/** Every snapshot on the way. */
const snapshots = (deltas: Iterable<Delta>, touch: (snapshot: Completion) => void = () => undefined): Completion[] => {
  const all: Completion[] = [];
  for (const delta of deltas) {
    const next = reduceDelta(all.at(-1), delta);
    touch(next);
    all.push(next);
  }
  return all;
};

const freezeDeep = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeDeep);
};

const joined = (parts: readonly Part[], kind: 'text' | 'reasoning' | 'refusal'): string =>
  parts.map((part) => (part.kind === kind ? part.text : '')).join('');

/** The flat fields of a choice, made from its parts alone. */
const derived = ({ parts }: Choice): Partial<Choice> => ({
  text: joined(parts, 'text'),
  reasoning: joined(parts, 'reasoning'),
  refusal: joined(parts, 'refusal'),
  toolCalls: parts.filter((part) => part.kind === 'tool-call'),
});

describe('reduceDelta, over any deltas', () => {
  it('never changes what it was given', () => {
    fc.assert(
      fc.property(streams, (deltas) => {
        deltas.forEach(freezeDeep);

        expect(snapshots(deltas, freezeDeep)).toEqual(snapshots(deltas));
      }),
    );
  });

  it('never changes a snapshot that it gave before', () => {
    fc.assert(
      fc.property(streams, (deltas) => {
        const written: string[] = [];
        const all = snapshots(deltas, (snapshot) => written.push(JSON.stringify(snapshot)));

        expect(all.map((snapshot) => JSON.stringify(snapshot))).toEqual(written);
      }),
    );
  });

  it('may go on from any snapshot twice: the two answers do not meet', () => {
    fc.assert(
      fc.property(streams, streams, streams, (common, left, right) => {
        const [root] = snapshots(common).slice(-1);
        const from = (deltas: readonly Delta[]) => deltas.reduce<Completion | undefined>(reduceDelta, root);
        const grow = (deltas: readonly Delta[]) => JSON.stringify(from(deltas));
        const [alone, other] = [grow(left), grow(right)];

        expect([grow(left), grow(right)]).toEqual([alone, other]);
        expect(reduceAll([...common, ...left])).toEqual(from(left));
      }),
    );
  });

  it('keeps the flat fields at what the parts say', () => {
    fc.assert(
      fc.property(streams, (deltas) => {
        snapshots(deltas, (snapshot) => {
          for (const choice of snapshot.choices) expect(choice).toMatchObject(derived(choice));
          const { text: flat, reasoning, toolCalls, finishReason } = snapshot.choices[0];
          expect(snapshot).toMatchObject({ text: flat, reasoning, toolCalls, finishReason });
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it('keeps the choices in order, with choice 0 the first', () => {
    fc.assert(
      fc.property(streams, (deltas) => {
        snapshots(deltas, ({ choices }) => {
          const indexes = choices.map(({ index }) => index);
          expect(indexes[0]).toBe(0);
          expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
        });
      }),
    );
  });

  it('keeps the identity of parts and choices that a delta does not speak of', () => {
    fc.assert(
      fc.property(streams, (deltas) => {
        let before: Completion | undefined;
        for (const delta of deltas) {
          const after = reduceDelta(before, delta);
          const speaksOfAll = ['start', 'finish', 'end'].includes(delta.type);
          if (before && !speaksOfAll) {
            for (const choice of before.choices) {
              const now = after.choices.find(({ index }) => index === choice.index);
              if (!('choice' in delta) || delta.choice !== choice.index) expect(now).toBe(choice);
              const firstPart = choice.index === 0 ? (before.steps.at(-1)?.firstPart ?? 0) : 0;
              choice.parts.forEach((part, place) => {
                if (!('part' in delta) || delta.part !== place - firstPart) expect(now?.parts[place]).toBe(part);
              });
            }
          }
          before = after;
        }
      }),
    );
  });

  it('has arguments for no call but a complete one, whose choice finished well in its step', () => {
    fc.assert(
      fc.property(fc.oneof(streams, callsAndEndings), (deltas) => {
        snapshots(deltas, ({ choices, steps }) => {
          for (const { index, parts, finishReason } of choices) {
            parts.forEach((call, at) => {
              if (call.kind !== 'tool-call') return;
              expect('arguments' in call).toBe(call.status === 'complete');
              expect('error' in call).toBe(call.status === 'invalid');
              if (call.status !== 'complete') return;
              const step = index === 0 ? steps.findLast(({ firstPart }) => firstPart <= at) : undefined;
              expect(['tool-calls', 'stop', 'pause']).toContain(step ? step.finishReason : finishReason);
            });
          }
        });
      }),
      { numRuns: runs(150) },
    );
  });

  it('leaves no call streaming once the answer has ended', () => {
    fc.assert(
      fc.property(answers(), (deltas) => {
        const last = reduceAll(deltas);

        expect(last.ended).toBe(true);
        for (const { toolCalls } of last.choices)
          expect(toolCalls.map(({ status }) => status)).not.toContain('streaming');
      }),
    );
  });
});

describe('reduceDelta, over a long answer', () => {
  type Method = (...args: unknown[]) => { readonly length: number };
  const methods = Array.prototype as unknown as Record<string, Method>;

  /** How many items and characters array methods copy while `work` runs. */
  const copiesOf = (work: () => void): number => {
    let copies = 0;
    const originals = ['slice', 'map', 'filter', 'join', 'concat'].map(
      (name) => [name, methods[name] as Method] as const,
    );
    for (const [name, original] of originals) {
      methods[name] = function (this: unknown[], ...args) {
        const result = original.apply(this, args);
        copies += result.length;
        return result;
      };
    }
    try {
      work();
    } finally {
      for (const [name, original] of originals) methods[name] = original;
    }
    return copies;
  };

  const grow = (count: number, partOf: (at: number) => number) => (): void => {
    let completion = reduceDelta(undefined, start());
    for (let at = 0; at < count; at += 1) completion = reduceDelta(completion, text(partOf(at), 'abcd'));
    if (completion.text.length !== count * 4) throw new Error('text was lost');
  };

  it('copies as much for the last piece of text as for the first', () => {
    const [short, long] = [copiesOf(grow(1_000, () => 0)), copiesOf(grow(10_000, () => 0))];

    expect(long).toBeLessThan(10.5 * short + 100);
  });

  it('copies no more when two parts grow by turns', () => {
    const [short, long] = [copiesOf(grow(200, (at) => at % 2)), copiesOf(grow(2_000, (at) => at % 2))];

    expect(long).toBeLessThan(20 * short + 1_000);
  });
});
