import { catchError, defer, finalize, type Observable, throwError } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { RestartError } from '../bytes/RestartError.ts';
import { decodeDeltas, type DecodeDeltasOptions } from '../fused/decodeDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { secretsIn } from '../internal/redact.ts';
import { timeouts } from '../resilience/timeouts.ts';
import { redactError } from './redactError.ts';

/** From a request to its answer, without the clocks: every stage from bytes to deltas. */
type Answer = (request: HttpRequest) => Observable<Delta>;

const fromNetwork = (dialect: Dialect, options: DecodeDeltasOptions): Answer => {
  const decode = decodeDeltas(dialect, options);
  return (request) => fromHttp(request).pipe(decode);
};

/**
 * One attempt: a request, its answer as deltas, and the clocks that watch it. Where the transport sends the request again by
 * itself, the answer begins again, with a `start` and clocks wound anew (`follow`), or ends as one that was cut (`fail`).
 */
export const attemptDeltas = (
  dialect: Dialect,
  request: HttpRequest,
  decoding: DecodeDeltasOptions,
  clocks: RequestTimeouts = {},
  answer: Answer = fromNetwork(dialect, decoding),
  onRestart: 'follow' | 'fail' = 'follow',
): Observable<Delta> => {
  const { expectedChoices } = decoding;
  const watched = timeouts({ expectedChoices, firstTokenMs: clocks.firstTokenMs, stalledMs: clocks.stalledMs });

  return defer(() => {
    let secrets: readonly string[] = [];
    let sent: Readonly<Record<string, string>> = {};
    const headers = async (): Promise<Readonly<Record<string, string>>> => {
      sent = await request.headers();
      secrets = secretsIn(sent, request.url);
      return sent;
    };
    const answerTo = (asked: HttpRequest): Observable<Delta> =>
      answer(asked).pipe(
        watched,
        catchError((error: unknown) => {
          const isFollowed = error instanceof RestartError && onRestart === 'follow';
          if (!isFollowed) return throwError(() => redactError(error, secrets));
          const { fetch, release } = error.take();
          return answerTo({ ...asked, headers: () => sent, fetch }).pipe(finalize(release));
        }),
      );
    return answerTo({ ...request, headers });
  });
};
