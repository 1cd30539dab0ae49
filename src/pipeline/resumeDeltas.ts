import { catchError, concat, defer, identity, map, type Observable, of, switchMap, tap, throwError, timer } from 'rxjs';

import { answerLimiter } from '../completions/answerLimiter.ts';
import type { Completion } from '../completions/Completion.ts';
import { reduceDelta } from '../completions/reduceDelta.ts';
import type { Delta } from '../deltas/Delta.ts';
import { isToken } from '../deltas/isToken.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { isStreamError, type StreamError } from '../errors/StreamError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { backoffMs } from '../resilience/backoffMs.ts';
import { retryDelayMs } from '../resilience/retryDelayMs.ts';
import { retryWithBackoff } from '../resilience/retryWithBackoff.ts';
import { attemptDeltas } from './attemptDeltas.ts';
import { spliceDeltas } from './spliceDeltas.ts';
import type { ResumeOptions, StreamOptions } from './StreamOptions.ts';

/** How the model is brought to go on: it is handed the beginning of its answer, or asked in words. */
type Way = 'prefill' | 'ask';

/** A server that will not have an answer begun for it says so with a 400. */
const isRefusal = (error: unknown, way: Way): boolean =>
  way === 'prefill' && isStreamError(error) && error._tag === 'HttpError' && error.status === 400;

/**
 * Whether there is enough to go on from. What is shorter cannot be told from a repetition at the seam, and costs little to
 * begin afresh; no provider takes an answer of nothing but white space.
 */
export const hasText = ({ text }: Completion): boolean => text.trim().length >= 4;

/**
 * `first`, and when it drops in the middle, the rest of the answer from further requests.
 *
 * An answer that has hardly any text yet (or only reasoning, or a tool call) is begun afresh, as a new attempt: a tool
 * call that was cut off is asked for anew, never glued.
 */
export const resumeDeltas = <Body>(
  dialect: Dialect<Body>,
  options: StreamOptions<Body>,
  first: Observable<Delta>,
  { maxResumes = 3, prefill = true, ...backoff }: ResumeOptions,
): Observable<Delta> => {
  checkOption('count', 'maxResumes', maxResumes);
  backoffMs(1, backoff);
  const { retry } = options;
  // No `start` takes back what was shown of a resumption, so it is never retried after its first token.
  const retriedEarly = retry === false ? identity : retryWithBackoff({ ...retry, retryWhen: 'before-first-token' });
  const isOneChoice = dialect.expectedChoices(options.body) === 1;

  return defer(() => {
    const checkLimits = answerLimiter(options.limits);
    let completion: Completion | undefined;
    let hasToken = false;
    let attempts = 1;
    let resumption = 0;
    let way: Way = prefill && dialect.canPrefill(options.body) ? 'prefill' : 'ask';

    /** Attempts are counted over all requests, whichever of them announces one. */
    const numbered = (delta: Delta): Delta => {
      if (delta.type === 'retry') attempts += 1;
      return delta.type === 'start' || delta.type === 'retry' ? { ...delta, attempt: attempts } : delta;
    };

    const note = (delta: Delta): void => {
      checkLimits(delta);
      if (delta.type === 'start') hasToken = false;
      hasToken ||= isToken(delta);
      completion = reduceDelta(completion, delta);
    };

    const watched = (deltas: Observable<Delta>): Observable<Delta> =>
      deltas.pipe(
        map(numbered),
        tap(note),
        catchError((error: unknown) => goOn(error)),
      );

    const goOn = (error: unknown): Observable<Delta> => {
      if (completion !== undefined && hasText(completion) && isRefusal(error, way)) {
        way = 'ask';
        return next(completion);
      }
      const mayHelp = isStreamError(error) && error.isRetryable && isOneChoice && hasToken;
      const delayMs = mayHelp ? retryDelayMs(error, resumption + 1, backoff) : undefined;
      if (!mayHelp || delayMs === undefined || resumption >= maxResumes) return throwError(() => error);
      resumption += 1;
      return concat(of(announce(error, delayMs)), timer(delayMs).pipe(switchMap(() => next(completion as Completion))));
    };

    const announce = (error: StreamError, delayMs: number): Delta => {
      const delta: Delta =
        completion !== undefined && hasText(completion)
          ? { type: 'resume', resumption, delayMs, error }
          : numbered({ type: 'retry', attempt: 0, delayMs, error });
      completion = reduceDelta(completion, delta);
      return delta;
    };

    const next = (partial: Completion): Observable<Delta> => {
      if (!hasText(partial)) return watched(first);
      const request = dialect.continueFrom(options, partial, way);
      const decoding = { ...options.limits, expectedChoices: 1 };
      // What was shown of it cannot begin again.
      const rest = attemptDeltas(dialect, request, decoding, options.timeouts, undefined, 'fail').pipe(retriedEarly);
      return watched(rest.pipe(spliceDeltas(partial, way)));
    };

    return watched(first);
  });
};
