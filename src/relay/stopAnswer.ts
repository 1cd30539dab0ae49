import { catchError, lastValueFrom, map, of, reduce, throwError } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import { ContentTypeError } from '../errors/ContentTypeError.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { withoutSecrets } from '../internal/redact.ts';
import { type RelayAccess, relayClocks } from './RelayOptions.ts';
import { relayRequest } from './relayRequest.ts';
import { relayUrl } from './relayUrl.ts';

/** What the server says of it; throws for one that is none of ours. */
const isStopped = (text: string, url: string): boolean => {
  try {
    const { stopped } = JSON.parse(text) as { readonly stopped?: unknown };
    if (typeof stopped === 'boolean') return stopped;
  } catch {
    // Told below.
  }
  throw new ContentTypeError({
    contentType: 'something else',
    expected: 'the JSON of a stop',
    url: withoutSecrets(url),
    bodyStart: text.slice(0, 1_000),
  });
};

/**
 * Stops an answer that one's own server makes, wherever it is made. Whoever follows it gets what there is, and completion.
 *
 * - **Shape:** the address of the answer, to a promise: true where it was stopped, false where there is nothing to stop, since it has
 *   ended or is not there
 * - **Errors:** rejects with `HttpError`, `NetworkError`, `StreamTimeoutError`, `AbortedError` or `ContentTypeError`. To stop twice is the
 *   same as once, so it may be tried again
 *
 * @example A button that stops, and one pressed too late
 * ```ts
 * import { NEVER } from 'rxjs';
 * import { memoryLog } from 'rxllm/log';
 * import { stopAnswer } from 'rxllm/relay';
 * import { resumable } from 'rxllm/server';
 *
 * const answers = resumable(memoryLog(), { authorize: () => 'user-1', start: () => NEVER });
 * const fetch = (input: RequestInfo | URL, init?: RequestInit) => answers.fetch(new Request(input, init));
 * const response = await fetch('https://chat.test/', { method: 'POST', headers: { 'idempotency-key': 'question-1' } });
 * await response.body?.cancel(); // the answer goes on
 *
 * await stopAnswer('https://chat.test/question-1', { fetch }); // => true
 * await stopAnswer('https://chat.test/question-2', { fetch }); // => false
 * ```
 *
 * @category relay
 * @since 0.1.0
 */
export function stopAnswer(url: string, options: RelayAccess = {}): Promise<boolean> {
  const { connectMs } = relayClocks(options);
  const request = relayRequest(relayUrl(url, 'cancel'), options, {
    method: 'POST',
    body: undefined,
    accept: 'application/json',
    timeouts: { connectMs },
  });
  const decoder = new TextDecoder();
  return lastValueFrom(
    fromHttp(request).pipe(
      reduce((text, slice) => text + decoder.decode(slice, { stream: true }), ''),
      map((text) => isStopped(text, request.url)),
      catchError((error: unknown) => {
        const isGone = isStreamError(error) && error._tag === 'HttpError' && error.status === 404;
        return isGone ? of(false) : throwError(() => error);
      }),
    ),
    { defaultValue: false },
  );
}
