import { catchError, concat, defer, EMPTY, filter, type Observable, switchMap, tap, throwError, timer } from 'rxjs';

import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { filterHeartbeat } from '../chunks/filterHeartbeat.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { StreamTimeoutError } from '../errors/StreamTimeoutError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { DecodeFramesOptions } from '../frames/decodeFrames.ts';
import type { Frame } from '../frames/Frame.ts';
import { fromSse } from '../frames/fromSse.ts';
import { checkOption } from '../internal/checkOption.ts';
import { onSilence } from '../internal/onSilence.ts';
import { backoffMs } from '../resilience/backoffMs.ts';
import { retryDelayMs } from '../resilience/retryDelayMs.ts';
import type { ResumeOptions } from './StreamOptions.ts';

export interface ResumeFramesOptions extends ResumeOptions, DecodeFramesOptions, Pick<RequestTimeouts, 'stalledMs'> {}

const withLastEventId = (request: HttpRequest, id: string): HttpRequest => ({
  ...request,
  headers: async () => ({ ...(await request.headers()), 'last-event-id': id }),
});

const idOf = (frame: Frame): string | undefined => (frame.kind === 'message' ? frame.id : undefined);

/** A connection that stays open and only sends heartbeats is as good as dropped. */
const watched = (stalledMs: number) =>
  onSilence<Frame>((out) => ({
    firstMs: Infinity,
    eachMs: stalledMs,
    onSilent: () => {
      out.error(new StreamTimeoutError('stalled', stalledMs));
    },
  }));

/**
 * The frames of a stream that its server keeps, heartbeats left out: when the connection drops or stalls before the
 * closing marker, the rest is asked for with the id of the last frame that came, as the standard has it. Nothing
 * behind it sees the seam; a server that sends the stream from its beginning again is read up to where it was.
 *
 * Without an id there is nothing to resume from, and the end or error of the stream passes on.
 */
export const resumeFrames = (
  dialect: Dialect,
  { maxResumes = 3, stalledMs = 300_000, maxFrameChars, ...backoff }: ResumeFramesOptions,
): ((request: HttpRequest) => Observable<Frame>) => {
  checkOption('count', 'maxResumes', maxResumes);
  checkOption('limitMs', 'stalledMs', stalledMs);
  backoffMs(1, backoff);

  const frames = (request: HttpRequest): Observable<Frame> => {
    let firstId: string | undefined;
    let lastId: string | undefined;
    let isDone = false;
    let resumption = 0;

    /** Passes over what came before, should the server begin with the first frame again. */
    const unseen = (after: string | undefined) => {
      let isReplay: boolean | undefined;
      return filter((frame: Frame) => {
        const id = idOf(frame);
        isReplay ??= after !== undefined && id === firstId;
        if (!isReplay) return true;
        isReplay = id !== after;
        return false;
      });
    };

    const connect = (sent: HttpRequest): Observable<Frame> =>
      concat(
        fromSse(sent, { maxFrameChars }).pipe(
          filterHeartbeat(dialect),
          unseen(lastId),
          watched(stalledMs),
          tap((frame) => {
            lastId = idOf(frame) ?? lastId;
            firstId ??= lastId;
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
  };

  return (request) => defer(() => frames(request));
};
