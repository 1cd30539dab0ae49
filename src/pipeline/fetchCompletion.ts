import { identity, type Observable } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import { toDeltas } from '../chunks/toDeltas.ts';
import { accumulateDelta } from '../completions/accumulateDelta.ts';
import type { Completion } from '../completions/Completion.ts';
import { lastCompletion } from '../completions/lastCompletion.ts';
import type { Delta } from '../deltas/Delta.ts';
import { checkDialect } from '../dialects/checkDialect.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { retryWithBackoff } from '../resilience/retryWithBackoff.ts';
import { attemptDeltas } from './attemptDeltas.ts';
import { readResponse } from './readResponse.ts';
import type { StreamOptions } from './StreamOptions.ts';
import { within } from './within.ts';

/** How long an answer that comes in one piece may take, in milliseconds: its head comes only when it is ready. */
const wholeAnswerMs = 600_000;

const clocksFor = ({ connectMs, firstFrameMs, idleMs }: RequestTimeouts): RequestTimeouts => ({
  connectMs: connectMs ?? wholeAnswerMs,
  firstFrameMs: firstFrameMs ?? wholeAnswerMs,
  idleMs,
  // Between the head and the end there are no deltas to wait for.
  firstTokenMs: Infinity,
  stalledMs: Infinity,
});

/** `toDeltas` sets the end, once it has judged the answer. */
const withoutEnd = (deltas: readonly Delta[]): readonly Delta[] => deltas.filter(({ type }) => type !== 'end');

/**
 * Sends a request for an answer in one piece (`stream: false`), and gives it once it is there.
 *
 * The completion is the same as the last one of `streamCompletion`, so either may stand where the other does. What only a
 * stream has (`resume`, `firstTokenMs`, `stalledMs`, `onInvalid`, `retryWhen`) changes nothing here, so one object of options
 * serves both.
 *
 * - **Shape:** a dialect and a request to `Observable<Completion>`, one value; cold: two subscriptions are two requests
 * - **Time:** servers send nothing before the answer is ready, so `connectMs` and `firstFrameMs` bound the model's work and
 *   are 10 minutes each by default; `idleMs` (4 minutes) begins with the first byte. Node's own `fetch` gives up after
 *   5 minutes without a head, whatever they say
 * - **Memory:** the body, at most `limits.maxFrameChars` UTF-16 code units (67,108,864 by default); the answer in it is
 *   bounded as that of a stream is
 * - **Errors:** any `StreamError`, `TruncatedError` for a body that breaks off or has no stop reason for every choice that
 *   was asked for; one that may heal is retried first (`retry`), since nothing has been shown. `InvalidOptionError` thrown
 *   at the call
 * - **Completes:** right after its value
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * ```
 * request  ------------------(body|)
 * result   ------------------(c|)     c: a completion with ended: true
 * ```
 *
 * @example An answer in one piece
 * ```ts
 * import { firstValueFrom } from 'rxjs';
 * import { fetchCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion = await firstValueFrom(
 *   fetchCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body }),
 * );
 *
 * completion.text; // => 'Hi there'
 * completion.ended; // => true
 * (requests[0]?.body as { stream: boolean }).stream; // => false
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export function fetchCompletion<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  options: StreamOptions<Body>,
): Observable<Completion> {
  checkDialect(dialect, ['nonStreaming', 'expectedChoices', 'terminal', 'errorIn']);
  const { limits, retry, signal, timeouts = {}, body } = options;
  const { nonStreaming } = dialect;
  const clocks = clocksFor(timeouts);
  const request = nonStreaming.request({ ...options, timeouts: clocks });
  const expectedChoices = dialect.expectedChoices(body);

  const read = readResponse(dialect, limits?.maxFrameChars);
  const judge = toDeltas(
    {
      terminal: dialect.terminal,
      deltas: () => (response) => withoutEnd(nonStreaming.deltas(response, expectedChoices)),
    },
    { expectedChoices },
  );
  // Nothing is shown before the answer is whole, so no retry takes anything back.
  const retried = retry === false ? identity : retryWithBackoff({ ...retry, retryWhen: 'always' });
  return attemptDeltas(dialect, request, { ...limits, expectedChoices }, clocks, (sent) =>
    fromHttp(sent).pipe(read, judge),
  ).pipe(
    retried,
    within(timeouts.totalMs ?? Infinity, expectedChoices),
    abortedBy(signal),
    accumulateDelta(limits),
    lastCompletion(),
  );
}
