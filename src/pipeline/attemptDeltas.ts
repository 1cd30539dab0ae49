import { catchError, defer, type Observable, throwError } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { decodeDeltas, type DecodeDeltasOptions } from '../chunks/decodeDeltas.ts';
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

/** One attempt: a request, its answer as deltas, and the clocks that watch it. */
export const attemptDeltas = (
  dialect: Dialect,
  request: HttpRequest,
  decoding: DecodeDeltasOptions,
  clocks: RequestTimeouts = {},
  answer: Answer = fromNetwork(dialect, decoding),
): Observable<Delta> => {
  const { expectedChoices } = decoding;
  const watched = timeouts({ expectedChoices, firstTokenMs: clocks.firstTokenMs, stalledMs: clocks.stalledMs });

  return defer(() => {
    let secrets: readonly string[] = [];
    const headers = async (): Promise<Readonly<Record<string, string>>> => {
      const sent = await request.headers();
      secrets = secretsIn(sent, request.url);
      return sent;
    };
    return answer({ ...request, headers }).pipe(
      watched,
      catchError((error: unknown) => throwError(() => redactError(error, secrets))),
    );
  });
};
