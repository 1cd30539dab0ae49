import type { Observable } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { decodeFrames, type DecodeFramesOptions } from './decodeFrames.ts';
import type { Frame } from './Frame.ts';

/**
 * The frames of an event stream that a server sends in answer to a request.
 *
 * - **Shape:** `HttpRequest` to `Observable<Frame>`; cold: two subscriptions are two requests
 * - **Errors:** those of `fromHttp` and `decodeFrames`; `InvalidOptionError` thrown at the call for a request that `fromNdjson` takes
 * - **Completes:** when the response ends, whether or not the answer in it is whole
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example The frames of an answer, as they came
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs';
 * import { fromSse } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider();
 * const request = openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } });
 * const frames = await lastValueFrom(fromSse(request).pipe(toArray()));
 *
 * frames.at(-1); // => { kind: 'message', event: undefined, data: '[DONE]', id: undefined }
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export const fromSse = (request: HttpRequest, options?: DecodeFramesOptions): Observable<Frame> => {
  if (request.accept === 'application/x-ndjson') {
    throw new InvalidOptionError('request.accept', "is 'application/x-ndjson': use fromNdjson");
  }
  return fromHttp(request).pipe(decodeFrames(options));
};
