import { catchError, concat, defer, map, merge, type Observable, of, scan } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import { cutToolCallsShort } from '../completions/settleToolCalls.ts';

/** How far one of several answers has got. */
export interface LatestCompletion {
  /** The last that came; `undefined` before the first. */
  readonly completion: Completion | undefined;
  /** What the answer failed with; `undefined` while it has not. */
  readonly error: unknown;
  /** Whether the stream has ended, well or badly. */
  readonly isDone: boolean;
}

/** The latest of each answer, by key. */
export type LatestCompletions<Key extends string = string> = Readonly<Record<Key, LatestCompletion>>;

const untouched: LatestCompletion = { completion: undefined, error: undefined, isDone: false };

/** The states of one stream; an error leaves unfinished tool calls cut short. */
const statesOf = (stream: Observable<Completion>): Observable<LatestCompletion> =>
  defer(() => {
    let last = untouched;
    return concat(
      stream.pipe(map((completion) => (last = { ...last, completion }))),
      defer(() => of({ ...last, isDone: true })),
    ).pipe(
      catchError((error: unknown) => {
        const completion = last.completion && cutToolCallsShort(last.completion);
        return of<LatestCompletion>({ completion, error, isDone: true });
      }),
    );
  });

/**
 * Several answers side by side: the latest completion of each, after every change of one.
 *
 * - **Shape:** an object of `Observable<Completion>` to `Observable` of an object with the same keys, each with
 *   `{ completion, error, isDone }`. Every key is there from the first value on; what has not changed keeps its identity
 * - **Time:** a value for each completion and for each ending; constant per value but for the number of keys
 * - **Memory:** one completion per key
 * - **Errors:** none; a stream that fails keeps its last completion, with `error` beside it, and the others go on
 * - **Completes:** once every stream has ended, well or badly
 * - **Unsubscribe:** leaves every stream
 *
 * ```marble
 * a       1--2--|      1: 'a'   2: 'ab'
 * b       -1--#        the error of b is part of y and z
 * result  vw-xy-(z|)
 * ```
 *
 * @example Two models side by side
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { latestCompletions, streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: ({ body }) => ({ deltas: answer({ text: `I am ${(body as { model: string }).model}` }) }),
 * });
 * const ask = (model: string) =>
 *   streamCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body: { model, messages: [] } });
 * const { small, large } = await lastValueFrom(latestCompletions({ small: ask('S'), large: ask('L') }));
 *
 * [small.completion?.text, large.completion?.text]; // => ['I am S', 'I am L']
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function latestCompletions<Key extends string>(
  streams: Readonly<Record<Key, Observable<Completion>>>,
): Observable<LatestCompletions<Key>> {
  const entries = Object.entries(streams) as [Key, Observable<Completion>][];
  const none = Object.fromEntries(entries.map(([key]) => [key, untouched])) as LatestCompletions<Key>;
  return merge(...entries.map(([key, stream]) => statesOf(stream).pipe(map((state) => [key, state] as const)))).pipe(
    scan((all, [key, state]) => ({ ...all, [key]: state }), none),
  );
}
