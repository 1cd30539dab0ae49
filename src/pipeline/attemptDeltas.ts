import { catchError, defer, type Observable, throwError } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { decodeDeltas } from '../chunks/decodeDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { ApiError } from '../errors/ApiError.ts';
import { redact, secretsIn } from '../internal/redact.ts';
import { timeouts } from '../resilience/timeouts.ts';

/** From a request to its answer, without the clocks: every stage from bytes to deltas. */
type Answer = (request: HttpRequest) => Observable<Delta>;

const fromNetwork = (dialect: Dialect, expectedChoices: number): Answer => {
  const decode = decodeDeltas(dialect, { expectedChoices });
  return (request) => fromHttp(request).pipe(decode);
};

/** One attempt: a request, its answer as deltas, and the clocks that watch it. */
export const attemptDeltas = (
  dialect: Dialect,
  request: HttpRequest,
  expectedChoices: number,
  clocks: RequestTimeouts = {},
  answer: Answer = fromNetwork(dialect, expectedChoices),
): Observable<Delta> => {
  const watched = timeouts({ expectedChoices, firstTokenMs: clocks.firstTokenMs, stalledMs: clocks.stalledMs });

  return defer(() => {
    let secrets: readonly string[] = [];
    const headers = async (): Promise<Readonly<Record<string, string>>> => {
      const sent = await request.headers();
      secrets = secretsIn(sent);
      return sent;
    };
    return answer({ ...request, headers }).pipe(
      watched,
      // Some servers repeat the key that they were given, inside the stream too.
      catchError((error: unknown) =>
        throwError(() =>
          error instanceof ApiError ? error.withProviderMessage(redact(error.providerMessage, secrets)) : error,
        ),
      ),
    );
  });
};
