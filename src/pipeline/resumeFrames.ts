import { catchError, concat, defer, EMPTY, type Observable, switchMap, tap, throwError, timer } from 'rxjs';

import type { HttpRequest } from '../bytes/HttpRequest.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { Frame } from '../frames/Frame.ts';
import { fromSse } from '../frames/fromSse.ts';
import { retryDelayMs } from '../resilience/retryDelayMs.ts';
import type { ResumeOptions } from './StreamOptions.ts';

const withLastEventId = (request: HttpRequest, id: string): HttpRequest => ({
  ...request,
  headers: async () => ({ ...(await request.headers()), 'last-event-id': id }),
});

/**
 * The frames of a stream that its server keeps: when the connection drops before the closing marker, the rest is
 * asked for with the id of the last frame that came, as the standard has it. Nothing behind it sees the seam.
 *
 * Without an id there is nothing to resume from, and the end or error of the stream passes on.
 */
export const resumeFrames = (
  dialect: Dialect,
  request: HttpRequest,
  { maxResumes = 3, ...backoff }: ResumeOptions,
): Observable<Frame> =>
  defer(() => {
    let lastId: string | undefined;
    let isDone = false;
    let resumption = 0;

    const connect = (sent: HttpRequest): Observable<Frame> =>
      concat(
        fromSse(sent).pipe(
          tap((frame) => {
            if (frame.kind === 'message' && frame.id !== undefined) lastId = frame.id;
            isDone ||= dialect.ending(frame) !== 'none';
          }),
        ),
        // A clean end before the marker is a connection that dropped, for all that a proxy shows of it.
        defer(() =>
          isDone || lastId === undefined ? EMPTY : throwError(() => new TruncatedError({ missing: 'marker' })),
        ),
      ).pipe(catchError((error: unknown) => goOn(error)));

    const goOn = (error: unknown): Observable<Frame> => {
      const mayHelp = isStreamError(error) && error.isRetryable && resumption < maxResumes;
      const delayMs = mayHelp ? retryDelayMs(error, resumption + 1, backoff) : undefined;
      if (lastId === undefined || delayMs === undefined) return throwError(() => error);
      const id = lastId;
      resumption += 1;
      return timer(delayMs).pipe(switchMap(() => connect(withLastEventId(request, id))));
    };

    return connect(request);
  });
