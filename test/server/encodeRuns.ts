import fc from 'fast-check';
import { type Delta, NetworkError } from 'rxllm';

import { type AnswerShape, anyShape, answers } from '../support/arbitraries.ts';
import { end, reduceAll, stepEnd, toolRun } from '../support/deltas.ts';

/** One choice, in words that every protocol has. */
const runShape: AnswerShape = {
  ...anyShape,
  maxChoices: 1,
  kinds: ['text', 'reasoning', 'tool-call'],
  hasPartBoundaries: false,
  sideBySide: ['tool-call'],
  hasLogprobs: false,
};

const isToken = ({ type }: Delta): boolean => ['text', 'reasoning', 'refusal', 'tool-call', 'audio'].includes(type);

const retry: Delta = {
  type: 'retry',
  attempt: 2,
  delayMs: 1,
  error: new NetworkError({ url: 'http://10.0.0.1/v1', code: 'ECONNRESET', phase: 'body' }),
};

const inStep = (deltas: readonly Delta[], step: number, attempt: number): readonly Delta[] =>
  deltas
    .filter(({ type }) => type !== 'end')
    .map((delta) => (delta.type === 'start' ? { ...delta, step, attempt } : delta));

/** What becomes of the calls of a step, as `runTools` tells it. */
const runsOf = (deltas: readonly Delta[]): readonly Delta[] =>
  reduceAll(deltas).choices[0].parts.flatMap((part, at) => {
    if (part.kind !== 'tool-call' || part.executedBy !== 'client') return [];
    const { id, name } = part;
    return [
      toolRun(at, {}, id, name),
      toolRun(at, { progress: at }, id, name),
      toolRun(at, { result: [at] }, id, name),
    ];
  });

/** How far an attempt came before it was given up: not to its first token, or to any place. */
export type Given = 'before-first-token' | 'always';

const stepsOf = (given: Given): fc.Arbitrary<{ readonly failed: readonly Delta[]; readonly whole: readonly Delta[] }> =>
  fc
    .record({ first: answers(runShape), whole: answers(runShape), at: fc.nat(), hasRetry: fc.boolean() })
    .map(({ first, whole, at, hasRetry }) => {
      const token = first.findIndex(isToken);
      const most = given === 'always' || token < 0 ? first.length - 1 : token;
      return { failed: hasRetry ? first.slice(0, at % (most + 1)) : [], whole };
    });

/** Answers of `runTools`: several steps, whose calls are run here, with attempts that were given up. */
export const runs = (given: Given): fc.Arbitrary<readonly Delta[]> =>
  fc
    .array(stepsOf(given), { minLength: 1, maxLength: 3 })
    .map((steps) => [
      ...steps.flatMap(({ failed, whole }, step) => [
        ...(failed.length > 0 ? [...inStep(failed, step, 1), retry] : []),
        ...inStep(whole, step, failed.length > 0 ? 2 : 1),
        ...runsOf(whole),
        stepEnd(step),
      ]),
      end,
    ]);
