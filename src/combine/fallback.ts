import { catchError, concat, defer, map, type Observable, of, throwError } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { isStreamError, type StreamError } from '../errors/StreamError.ts';
import { checkSources } from './checkSources.ts';

export interface FallbackOptions {
  /**
   * Whether to go on to the next source only while nothing of the answer has arrived, or at any time: then
   * what was shown is replaced. @defaultValue 'before-first-token'
   */
  readonly mode?: 'before-first-token' | 'restart' | undefined;
  /**
   * Which errors lead to the next source. Another provider may well do what this one refuses, so an exhausted
   * quota or a wrong key can be worth it. @defaultValue those whose `isRetryable` is true
   */
  readonly shouldFallBack?: ((error: StreamError) => boolean) | undefined;
}

/**
 * Goes on to the next source when one fails: another provider, a smaller model, a server at home.
 *
 * - **Shape:** a list of `Observable<Delta>` to `Observable<Delta>`. A `retry` delta says that a source failed, and why; the
 *   next one's `start` begins the answer afresh, its `attempt` counted on from what came before
 * - **Time:** at once; put `retryWithBackoff` on a source that deserves another try first
 * - **Errors:** the last source's; at once one that `shouldFallBack` refuses, any that is no `StreamError`, and, unless `mode`
 *   is `'restart'`, any after the first token. An empty list throws `InvalidOptionError` at the call
 * - **Completes:** with the source that does; an answer without a token is an answer
 * - **Unsubscribe:** leaves the source that is at work; the others have been left, or were never subscribed to
 *
 * ```marble
 * first   s-#                s: start   t: text   e: end   #: overloaded
 * second    -s--t-(e|)
 * result  s-rS--t-(e|)       r: retry   S: start of the next attempt
 * ```
 *
 * @example A second provider for when the first is down
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { accumulateDelta, fallback, streamDeltas } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: ({ dialect }) =>
 *     dialect === 'openai-chat' ? { status: 503 } : { deltas: answer({ text: 'At your service' }) },
 * });
 * const openAi = { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] }, retry: false } as const;
 * const anthropic = { baseUrl: 'http://fake.test', fetch, body: { model: 'm', max_tokens: 9, messages: [] } };
 * const deltas$ = fallback([streamDeltas(openAiChat, openAi), streamDeltas(anthropicMessages, anthropic)]);
 *
 * (await lastValueFrom(deltas$.pipe(accumulateDelta()))).text; // => 'At your service'
 * ```
 *
 * @category combine
 * @since 0.1.0
 */
export function fallback(
  sources: readonly Observable<Delta>[],
  { mode = 'before-first-token', shouldFallBack = ({ isRetryable }) => isRetryable }: FallbackOptions = {},
): Observable<Delta> {
  const [first, ...rest] = checkSources(sources);
  // Callers without types pass all sorts of things.
  if (!['before-first-token', 'restart'].includes(mode)) {
    throw new InvalidOptionError('mode', `must be 'before-first-token' or 'restart'; got ${mode}`);
  }

  /** `source` and what comes after it, once `madeBefore` attempts have failed. */
  const fallingBack = (
    source: Observable<Delta>,
    [next, ...others]: readonly Observable<Delta>[],
    madeBefore: number,
  ): Observable<Delta> =>
    defer(() => {
      let made = madeBefore + 1;
      let hasToken = false;
      return source.pipe(
        map((delta) => {
          hasToken ||= isToken(delta);
          if (delta.type !== 'start' && delta.type !== 'retry') return delta;
          // What a later step follows upon has been shown, and its tools have run.
          if (delta.type === 'start' && delta.step === 0) hasToken = false;
          const attempt = madeBefore + delta.attempt;
          made = Math.max(made, attempt);
          return { ...delta, attempt };
        }),
        catchError((error: unknown) => {
          const isTooLate = hasToken && mode === 'before-first-token';
          if (next === undefined || isTooLate || !isStreamError(error) || !shouldFallBack(error)) {
            return throwError(() => error);
          }
          const announced: Delta = { type: 'retry', attempt: made + 1, delayMs: 0, error };
          return concat(of(announced), fallingBack(next, others, made));
        }),
      );
    });
  return fallingBack(first, rest, 0);
}
