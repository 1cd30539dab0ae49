import { concat, from, type Observable, skip, throwError } from 'rxjs';

import type { Completion } from '../completions/Completion.ts';
import { reduceDelta } from '../completions/reduceDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { NetworkError } from '../errors/NetworkError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { hasText, resumeDeltas } from './resumeDeltas.ts';
import { streamDeltas } from './streamDeltas.ts';
import type { ResumeOptions, StreamOptions } from './StreamOptions.ts';
import { within } from './within.ts';

const defaultMaxResumes = 3;

/** The resumption that begins it, and those that were asked for. */
const withOneMore = (resume: ResumeOptions | boolean): ResumeOptions => {
  if (resume === false) return { maxResumes: 1 };
  const options = resume === true ? {} : resume;
  return { ...options, maxResumes: 1 + (options.maxResumes ?? defaultMaxResumes) };
};

/**
 * The rest of an answer that somebody else began: its server died, say, and its deltas so far are in a log.
 *
 * The model is asked to go on with the answer so far, as `resume: true` does it: a `resume` delta, then deltas that follow on `soFar`.
 * Parts are numbered on, text that is repeated at the seam is left out, a tool call that was cut off is asked for anew, usage is added
 * up. Where there is little to go on from (less than 4 characters of text), or more than one choice or one step, the answer begins
 * afresh, with a `start`.
 *
 * - **Shape:** a dialect, the options of the request that began the answer, and its deltas so far, to `Observable<Delta>`; cold
 * - **Time:** the first wait of `retryWithBackoff` before the request
 * - **Errors, Completes, Unsubscribe:** those of `streamDeltas`; `resume` is about further drops
 *
 * @example The text goes on where it was
 * ```ts
 * import { concatWith, from, lastValueFrom } from 'rxjs';
 * import { accumulateDelta, continueDeltas, type Delta } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const soFar: readonly Delta[] = answer({ reasoning: 'Hamlet.', text: 'To be or not to' }).slice(0, -3);
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'or not to be' }) }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hamlet?' }] };
 * const rest$ = continueDeltas(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body }, soFar);
 *
 * (await lastValueFrom(from(soFar).pipe(concatWith(rest$), accumulateDelta()))).text; // => 'To be or not to be'
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export const continueDeltas = <Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  options: StreamOptions<Body>,
  soFar: readonly Delta[],
): Observable<Delta> => {
  const { body, resume = false, timeouts, signal } = options;
  const partial = soFar.reduce<Completion | undefined>(reduceDelta, undefined);
  const isPlain = dialect.expectedChoices(body) === 1 && partial?.steps.length === 1;
  if (partial === undefined || !hasText(partial) || !isPlain) return streamDeltas(dialect, options);
  const { url } = dialect.request(options);
  const gone = new NetworkError({ url, code: undefined, phase: 'body', reason: 'whoever made the answer is gone' });
  const first = concat(
    from(soFar),
    throwError(() => gone),
  );
  return resumeDeltas(dialect, options, first, withOneMore(resume)).pipe(
    skip(soFar.length),
    within(timeouts?.totalMs ?? Infinity, 1),
    abortedBy(signal),
  );
};
