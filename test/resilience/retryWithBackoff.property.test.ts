import fc from 'fast-check';
import { concat, defer, from, take, throwError } from 'rxjs';
import {
  accumulateDelta,
  type Completion,
  type Delta,
  retryWithBackoff,
  type StreamError,
  TruncatedError,
} from 'rxllm';
import { answer } from 'rxllm/testing';

import { marbles } from '../support/marbles.ts';

interface Ending {
  readonly deltas: readonly Delta[];
  readonly completions: readonly Completion[];
  readonly error: StreamError | undefined;
}

const text = 'To be, or not to be, that is the question: Whether ’tis nobler in the mind 🤔 to suffer';
const whole = answer({ reasoning: 'Hm, Hamlet.', text, usage: { inputTokens: 7, outputTokens: 20 } });

/** Runs attempts that fail after so many deltas each, and then one that does not. */
const run = (failures: readonly number[], maxRetries: number): Ending => {
  const deltas: Delta[] = [];
  const completions: Completion[] = [];
  let error: StreamError | undefined;
  marbles(({ flush }) => {
    let turn = 0;
    const source = defer(() => {
      const failsAfter = failures[turn++];
      if (failsAfter === undefined) return from(whole);
      return concat(
        from(whole).pipe(take(failsAfter)),
        throwError(() => new TruncatedError()),
      );
    });
    const retried = source.pipe(retryWithBackoff({ retryWhen: 'always', maxRetries }));
    retried.subscribe({ next: (delta) => deltas.push(delta), error: () => undefined });
    flush();
    turn = 0;
    retried.pipe(accumulateDelta()).subscribe({
      next: (completion) => completions.push(completion),
      error: (failure: StreamError) => (error = failure),
    });
    flush();
  })();
  return { deltas, completions, error };
};

const failurePoints = fc.array(fc.integer({ min: 0, max: whole.length - 2 }), { maxLength: 6 });

describe('retryWithBackoff, whenever attempts fail', () => {
  it('leaves behind the whole answer, once, and on the way never more than a beginning of it', () => {
    fc.assert(
      fc.property(failurePoints, (failures) => {
        const { completions, error } = run(failures, failures.length);

        expect(error).toBeUndefined();
        expect(completions.every((completion) => text.startsWith(completion.text))).toBe(true);
        expect(completions.at(-1)).toMatchObject({ text, reasoning: 'Hm, Hamlet.', ended: true });
        expect(completions.at(-1)?.choices[0].parts).toHaveLength(2);
        expect(completions.at(-1)?.usage).toMatchObject({ inputTokens: 7, outputTokens: 20 });
      }),
    );
  });

  it('counts attempts on, each with its start', () => {
    fc.assert(
      fc.property(failurePoints, (failures) => {
        const { deltas } = run(failures, failures.length);
        const retries = deltas.flatMap((delta) => (delta.type === 'retry' ? [delta.attempt] : []));
        const starts = deltas.flatMap((delta) => (delta.type === 'start' ? [delta.attempt] : []));

        expect(retries).toEqual(failures.map((_, at) => at + 2));
        expect(starts).toEqual([...failures, 1].flatMap((failsAfter, at) => (failsAfter > 0 ? [at + 1] : [])));
        expect(deltas.at(-1)).toEqual({ type: 'end' });
      }),
    );
  });

  it('ends in the last error when there are more failures than retries, with what was shown last', () => {
    fc.assert(
      fc.property(failurePoints, fc.nat(5), (failures, maxRetries) => {
        fc.pre(failures.length > maxRetries);
        const { completions, error } = run(failures, maxRetries);

        expect(error?._tag).toBe('TruncatedError');
        expect(error?.partial?.text).toBe(completions.at(-1)?.text);
        expect(text.startsWith(error?.partial?.text ?? '')).toBe(true);
      }),
    );
  });
});
