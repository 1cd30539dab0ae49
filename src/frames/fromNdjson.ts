import type { Observable } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import type { DecodeFramesOptions } from './decodeFrames.ts';
import { decodeLines } from './decodeLines.ts';
import type { Frame } from './Frame.ts';

/**
 * The frames of NDJSON that a server sends in answer to a request: a frame for each line.
 *
 * - **Shape:** `HttpRequest` to `Observable<Frame>`; cold: two subscriptions are two requests
 * - **Errors:** those of `fromHttp` and `decodeLines`; `InvalidOptionError` thrown at the call for a request that `fromSse` takes
 * - **Completes:** when the response ends, whether or not the answer in it is whole
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example The lines of an answer, as they came
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { fromNdjson } from 'rxllm';
 * import { ollama } from 'rxllm/ollama';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider();
 * const request = ollama.request({ baseUrl: 'http://fake.test', fetch, body: { model: 'm', messages: [] } });
 * const last = await lastValueFrom(fromNdjson(request));
 *
 * last.kind === 'message' && JSON.parse(last.data).done; // => true
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export const fromNdjson = (request: HttpRequest, options?: DecodeFramesOptions): Observable<Frame> => {
  if (request.accept === 'text/event-stream') {
    throw new InvalidOptionError('request.accept', "is 'text/event-stream': use fromSse");
  }
  return fromHttp(request).pipe(decodeLines(options));
};
