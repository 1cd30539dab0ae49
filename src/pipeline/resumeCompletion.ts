import type { Observable } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { streamCompletion } from './streamCompletion.ts';
import type { ResumeOptions, StreamOptions } from './StreamOptions.ts';

/**
 * An answer that goes on when its stream drops in the middle: the same as `streamCompletion` with `resume`.
 *
 * What was shown stays; the rest comes from a further request that carries the answer so far. Text that the model
 * repeats at the seam is left out, a tool call that was cut off is asked for anew, usage is added up. An
 * answer that has less than 4 characters of text yet is begun afresh instead.
 *
 * - **Shape:** a dialect, a request and options to `Observable<Completion>`; cold: two subscriptions are two answers
 * - **Time:** the waits of `retryWithBackoff` before each resumption
 * - **Memory:** at the seam up to 400 UTF-16 code units are held back while they may be a repetition, or the
 *   whole answer, where the model begins it again
 * - **Errors:** the last one, with `partial`, once `maxResumes` are used up; at once one that no further request can help,
 *   and any when more than one choice was asked for
 * - **Completes:** after a completion with `ended: true`
 *
 * @example A connection that breaks in the middle of an answer
 * ```ts
 * import { firstValueFrom } from 'rxjs';
 * import { lastCompletion, resumeCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({
 *   replies: [
 *     { deltas: answer({ text: ['To be or ', 'not to be'] }), fault: { kind: 'cut', afterBytes: 400, with: 'rst' } },
 *     { deltas: answer({ text: 'not to be' }) },
 *   ],
 * });
 * const completion$ = resumeCompletion(
 *   openAiChat,
 *   { baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [{ role: 'user', content: 'Hamlet?' }] } },
 *   { firstDelayMs: 1 },
 * );
 *
 * (await firstValueFrom(completion$.pipe(lastCompletion()))).text; // => 'To be or not to be'
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export const resumeCompletion = <Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  request: StreamOptions<Body>,
  options: ResumeOptions = {},
): Observable<Completion> => streamCompletion(dialect, { ...request, resume: options });
