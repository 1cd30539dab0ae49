import {
  catchError,
  concat,
  defer,
  EMPTY,
  type MonoTypeOperatorFunction,
  type Observable,
  switchMap,
  tap,
  throwError,
  timer,
} from 'rxjs';

import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { filterHeartbeat } from '../chunks/filterHeartbeat.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { StreamTimeoutError } from '../errors/StreamTimeoutError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { DecodeFramesOptions } from '../frames/decodeFrames.ts';
import type { Frame } from '../frames/Frame.ts';
import { fromSse } from '../frames/fromSse.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { checkOption } from '../internal/checkOption.ts';
import { operate } from '../internal/operate.ts';
import { SilenceClock } from '../internal/SilenceClock.ts';
import { backoffMs } from '../resilience/backoffMs.ts';
import { retryDelayMs } from '../resilience/retryDelayMs.ts';
import { byCursor, byLastEventId } from './KeptStream.ts';
import type { ResumeOptions } from './StreamOptions.ts';

export interface ResumeFramesOptions extends ResumeOptions, DecodeFramesOptions, Pick<RequestTimeouts, 'stalledMs'> {}

/** A connection that stays open and only sends heartbeats is as good as dropped. */
const watched = (stalledMs: number): MonoTypeOperatorFunction<Frame> =>
  operate((out) => {
    const clock = new SilenceClock({ firstMs: Infinity, eachMs: stalledMs }, () => {
      out.error(new StreamTimeoutError('stalled', stalledMs));
    });
    out.add(clock);
    return {
      next(frame) {
        clock.note();
        out.next(frame);
      },
    };
  });

/**
 * The frames of a stream that its server keeps, heartbeats left out: when the connection drops or stalls before the
 * closing marker, the rest is asked for, by the id of the last frame that came or by the provider's own cursor. Nothing
 * behind it sees the seam; what a server sends again is passed over.
 *
 * Without an id or a cursor there is nothing to resume from, and the end or error of the stream passes on.
 */
export const resumeFrames = (
  dialect: Dialect,
  { by, maxResumes = 3, stalledMs = 300_000, maxFrameChars, ...backoff }: ResumeFramesOptions,
): ((request: HttpRequest) => Observable<Frame>) => {
  checkOption('count', 'maxResumes', maxResumes);
  checkOption('limitMs', 'stalledMs', stalledMs);
  backoffMs(1, backoff);
  // Lines of NDJSON have no ids to go on from.
  checkOneOf('dialect.framing', dialect.framing, ['sse']);
  const keep = by === 'cursor' && dialect.cursor ? byCursor(dialect.cursor) : byLastEventId;

  const frames = (request: HttpRequest): Observable<Frame> => {
    const kept = keep(request);
    let isDone = false;
    let resumption = 0;

    const connect = (sent: HttpRequest): Observable<Frame> =>
      concat(
        fromSse(sent, { maxFrameChars }).pipe(
          filterHeartbeat(dialect),
          kept.unseen(),
          watched(stalledMs),
          tap((frame) => {
            kept.note(frame);
            isDone ||= dialect.ending(frame) !== 'none';
          }),
        ),
        // A clean end before the marker is a connection that dropped, for all that a proxy shows of it.
        defer(() => (isDone || !kept.rest() ? EMPTY : throwError(() => new TruncatedError({ missing: 'marker' })))),
      ).pipe(catchError((error: unknown) => goOn(error)));

    const goOn = (error: unknown): Observable<Frame> => {
      const mayHelp = isStreamError(error) && error.isRetryable && resumption < maxResumes;
      const delayMs = mayHelp ? retryDelayMs(error, resumption + 1, backoff) : undefined;
      const rest = kept.rest();
      if (!rest || delayMs === undefined) return throwError(() => error);
      resumption += 1;
      return timer(delayMs).pipe(switchMap(() => connect(rest)));
    };

    return connect(request);
  };

  return (request) => defer(() => frames(request));
};
