import { type Observable, pipe } from 'rxjs';

import type { HttpRequest } from '../bytes/HttpRequest.ts';
import type { DecodeDeltasOptions } from '../fused/decodeDeltas.ts';
import { parseChunk } from '../chunks/parseChunk.ts';
import { takeUntilDone } from '../chunks/takeUntilDone.ts';
import { toDeltas } from '../chunks/toDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect, RequestTimeouts } from '../dialects/Dialect.ts';
import { resumeFrames } from './resumeFrames.ts';
import type { ResumeOptions } from './StreamOptions.ts';

/** The answer to a request from a server that keeps its streams, whatever happens to the connection. */
export const keptDeltas = (
  dialect: Dialect,
  decoding: DecodeDeltasOptions,
  options: ResumeOptions,
  { stalledMs }: RequestTimeouts,
): ((request: HttpRequest) => Observable<Delta>) => {
  const decode = pipe(takeUntilDone(dialect), parseChunk(dialect, decoding), toDeltas(dialect, decoding));
  const frames = resumeFrames(dialect, { ...options, ...decoding, stalledMs });
  return (request) => frames(request).pipe(decode);
};
