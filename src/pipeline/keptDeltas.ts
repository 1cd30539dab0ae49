import { type Observable, pipe } from 'rxjs';

import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { filterHeartbeat } from '../chunks/filterHeartbeat.ts';
import { parseChunk } from '../chunks/parseChunk.ts';
import { takeUntilDone } from '../chunks/takeUntilDone.ts';
import { toDeltas } from '../chunks/toDeltas.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { checkOption } from '../internal/checkOption.ts';
import { resumeFrames } from './resumeFrames.ts';
import type { ResumeOptions } from './StreamOptions.ts';

/** The answer to a request from a server that keeps its streams, whatever happens to the connection. */
export const keptDeltas = (
  dialect: Dialect,
  expectedChoices: number,
  options: ResumeOptions,
): ((request: HttpRequest) => Observable<Delta>) => {
  checkOption('count', 'maxResumes', options.maxResumes ?? 0);
  const decode = pipe(
    filterHeartbeat(dialect),
    takeUntilDone(dialect),
    parseChunk(dialect),
    toDeltas(dialect, { expectedChoices }),
  );
  return (request) => resumeFrames(dialect, request, options).pipe(decode);
};
