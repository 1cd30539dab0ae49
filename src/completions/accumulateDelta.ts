import { catchError, defer, map, type OperatorFunction, throwError } from 'rxjs';

import type { Delta, TokenLogprob } from '../deltas/Delta.ts';
import { LimitError } from '../errors/LimitError.ts';
import { TaggedError } from '../errors/TaggedError.ts';
import { checkOption } from '../internal/checkOption.ts';
import type { Completion } from './Completion.ts';
import { reduceDelta } from './reduceDelta.ts';
import { cutToolCallsShort } from './settleToolCalls.ts';

export interface AccumulateDeltaOptions {
  /** Upper bound on one answer, in UTF-16 code units; `Infinity` for none. @defaultValue 67_108_864 */
  readonly maxAnswerChars?: number | undefined;
  /** Upper bound on the parts of a choice, and on the choices; `Infinity` for none. @defaultValue 10_000 */
  readonly maxParts?: number | undefined;
}

/** What an entry of a list weighs beside its text, in characters. */
const entryChars = 64;

/** How long a provider's own object is as JSON; one that nests too deep to be written is too long. */
const charsOfJson = (raw: unknown): number => {
  if (raw === undefined) return 0;
  try {
    return (JSON.stringify(raw) as string | undefined)?.length ?? 0;
  } catch {
    return Infinity;
  }
};

const charsOfLogprobs = (list: readonly TokenLogprob[]): number =>
  list.reduce((chars, { token, topLogprobs }) => {
    const others = topLogprobs.reduce((sum, other) => sum + entryChars + other.token.length, 0);
    return chars + entryChars + token.length + others;
  }, 0);

/** How many characters a delta adds to an answer. */
const charsOf = (delta: Delta): number => {
  switch (delta.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return delta.text.length;
    case 'tool-call':
      return (delta.argumentsText?.length ?? 0) + (delta.id?.length ?? 0) + (delta.name?.length ?? 0);
    case 'audio':
      return (delta.data?.length ?? 0) + (delta.transcript?.length ?? 0);
    case 'part-start':
      return (delta.redacted?.length ?? 0) + charsOfJson(delta.raw);
    case 'signature':
      return delta.signature.length;
    case 'citation':
      return entryChars + charsOfJson(delta.citation.raw);
    case 'logprobs':
      return charsOfLogprobs(delta.content) + charsOfLogprobs(delta.refusal);
    default:
      return 0;
  }
};

/** Throws once the deltas of one attempt outgrow a bound, before anything is made of the one that does. */
const limiter = (maxAnswerChars: number, maxParts: number): ((delta: Delta) => void) => {
  let chars = 0;
  let choices = new Set<number>();
  return (delta) => {
    if (delta.type === 'start') {
      chars = 0;
      choices = new Set();
    }
    chars += charsOf(delta);
    if (chars > maxAnswerChars) throw new LimitError('maxAnswerChars', maxAnswerChars);
    if ('choice' in delta) choices.add(delta.choice);
    const parts = 'part' in delta ? delta.part + 1 : 0;
    if (parts > maxParts || choices.size > maxParts) throw new LimitError('maxParts', maxParts);
  };
};

/**
 * The answer so far, after every delta.
 *
 * - **Shape:** `Observable<Delta>` to `Observable<Completion>`, one for one; a `start` begins the answer afresh
 * - **Time:** constant per delta, however long the answer is; emits synchronously
 * - **Memory:** one answer, at most `maxAnswerChars` UTF-16 code units
 * - **Errors:** `LimitError`; an error of the stream passes on as a copy whose `partial` is the last completion, its
 *   unfinished tool calls `cut-short`; other errors pass untouched
 * - **Completes:** with the source; the last completion has `ended: true` if its last delta was `end`
 *
 * ```
 * deltas       s--t--t--f--e|     s: start   t: text   f: finish   e: end
 * completions  0--1--2--3--4|     4 has ended: true
 * ```
 *
 * @example Text grows, delta by delta
 * ```ts
 * import { from, map, toArray } from 'rxjs';
 * import { accumulateDelta, type Delta } from 'rxllm';
 *
 * const deltas: Delta[] = [
 *   { type: 'start', id: 'a1', model: 'm', attempt: 1, step: 0 },
 *   { type: 'text', choice: 0, part: 0, text: 'Hel' },
 *   { type: 'text', choice: 0, part: 0, text: 'lo' },
 * ];
 * let seen: string[] = [];
 * from(deltas).pipe(accumulateDelta(), map(({ text }) => text), toArray()).subscribe((texts) => (seen = texts));
 *
 * seen; // => ['', 'Hel', 'Hello']
 * ```
 *
 * @category completions
 * @since 0.1.0
 */
export function accumulateDelta({
  maxAnswerChars = 67_108_864,
  maxParts = 10_000,
}: AccumulateDeltaOptions = {}): OperatorFunction<Delta, Completion> {
  checkOption('bound', 'maxAnswerChars', maxAnswerChars);
  checkOption('bound', 'maxParts', maxParts);
  return (source) =>
    defer(() => {
      const checkLimits = limiter(maxAnswerChars, maxParts);
      let last: Completion | undefined;
      return source.pipe(
        map((delta) => {
          checkLimits(delta);
          return (last = reduceDelta(last, delta));
        }),
        catchError((error: unknown) =>
          throwError(() =>
            error instanceof TaggedError && last !== undefined ? error.withPartial(cutToolCallsShort(last)) : error,
          ),
        ),
      );
    });
}
