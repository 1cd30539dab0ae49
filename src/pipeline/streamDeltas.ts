import { identity, type Observable } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { checkDialect } from '../dialects/checkDialect.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { retryWithBackoff } from '../resilience/retryWithBackoff.ts';
import { attemptDeltas } from './attemptDeltas.ts';
import { keptDeltas } from './keptDeltas.ts';
import { resumeDeltas } from './resumeDeltas.ts';
import type { StreamOptions } from './StreamOptions.ts';
import { within } from './within.ts';

/**
 * Sends a request and gives the answer as deltas: every stage from bytes on, assembled once.
 *
 * - **Shape:** a dialect and a request to `Observable<Delta>`; cold: two subscriptions are two requests
 * - **Time:** the clocks in `timeouts`; with their defaults a dead connection is noticed after 4 minutes, a model that
 *   stays silent after 5
 * - **Errors:** any `StreamError`; while nothing of the answer has arrived, one that may heal is retried first (`retry`).
 *   `InvalidOptionError` thrown at the call
 * - **Completes:** after `end`, once every choice that the body asks for has its stop reason
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example The types of the deltas of a short answer
 * ```ts
 * import { lastValueFrom, map, toArray } from 'rxjs';
 * import { streamDeltas } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi', usage: { inputTokens: 3, outputTokens: 1 } }) }] });
 * const body = { model: 'm', max_tokens: 9, messages: [] };
 * const deltas$ = streamDeltas(anthropicMessages, { baseUrl: 'http://fake.test', fetch, body });
 * const types = await lastValueFrom(deltas$.pipe(map(({ type }) => type), toArray()));
 *
 * types; // => ['start', 'usage', 'part-start', 'text', 'part-end', 'finish', 'usage', 'end']
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export function streamDeltas<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  options: StreamOptions<Body>,
): Observable<Delta> {
  checkDialect(dialect);
  const { limits, retry, runIn, signal, timeouts = {} } = options;
  if (runIn !== undefined) return runIn(dialect, { ...options, runIn: undefined });
  const resume = options.resume === true ? {} : (options.resume ?? false);
  const by = resume === false ? undefined : (resume.by ?? 'continue');
  if (by !== undefined) checkOneOf('resume.by', by, ['continue', 'last-event-id', 'cursor']);
  if (by === 'cursor' && !dialect.cursor) throw new InvalidOptionError('resume.by', `${dialect.name} has no cursor`);
  const isKept = by === 'last-event-id' || by === 'cursor';
  const retried = retry === false ? identity : retryWithBackoff(retry);
  const request = dialect.request(options);
  const expectedChoices = dialect.expectedChoices(options.body);

  const decoding = { ...limits, expectedChoices };
  // A server that keeps the stream is left and asked again when it stalls, so that clock is for each connection.
  const kept = resume !== false && isKept ? keptDeltas(dialect, decoding, resume, timeouts) : undefined;
  const clocks = isKept ? { ...timeouts, stalledMs: Infinity } : timeouts;
  const attempt = attemptDeltas(dialect, request, decoding, clocks, kept).pipe(retried);
  const deltas = resume === false || isKept ? attempt : resumeDeltas(dialect, options, attempt, resume);
  return deltas.pipe(within(timeouts.totalMs ?? Infinity, expectedChoices), abortedBy(signal));
}
