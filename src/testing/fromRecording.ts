import { defer, type Observable, type OperatorFunction, throwError } from 'rxjs';

import { AbortedError } from '../errors/AbortedError.ts';
import { ApiError } from '../errors/ApiError.ts';
import { HttpError } from '../errors/HttpError.ts';
import { NetworkError } from '../errors/NetworkError.ts';
import { readErrorBody } from '../errors/readApiError.ts';
import { operate } from '../internal/operate.ts';
import { retryAfterMs } from '../internal/retryAfterMs.ts';
import { checkSpeed } from './checkSpeed.ts';
import { type Played, playExchange } from './playExchange.ts';
import { readRecording } from './readRecording.ts';
import type { RecordedHead, Recording } from './Recording.ts';
import type { ReplayOptions } from './replayFrames.ts';

const errorOfStatus = (url: string, { status, headers }: RecordedHead, body: readonly Uint8Array[]): HttpError => {
  const decoder = new TextDecoder();
  const text = body.map((bytes) => decoder.decode(bytes, { stream: true })).join('') + decoder.decode();
  const got = new Headers(headers);
  return new HttpError({
    status,
    url,
    apiError: apiErrorIn(text),
    requestId: got.get('x-request-id') ?? got.get('request-id') ?? undefined,
    retryAfterMs: retryAfterMs(got),
    location: got.get('location') ?? undefined,
  });
};

const apiErrorIn = (body: string): ReturnType<typeof readErrorBody> => {
  try {
    return readErrorBody(JSON.parse(body));
  } catch {
    return undefined;
  }
};

const errorOfNetwork = (url: string, hasHead: boolean, cause: unknown): NetworkError | AbortedError => {
  const { name, message, code } = cause as Error & { readonly code?: unknown };
  if (name === 'AbortError') return new AbortedError({ cause });
  const word = typeof code === 'string' ? code : undefined;
  return new NetworkError({ url, code: word, reason: message, phase: hasHead ? 'body' : 'connect' }, { cause });
};

/** The body of a response, as `fromHttp` gives it. */
const bodyOf = (url: string): OperatorFunction<Played, Uint8Array> =>
  operate((out) => {
    let hasHead = false;
    let refusal: RecordedHead | undefined;
    const refusalBody: Uint8Array[] = [];
    return {
      next(part) {
        if ('status' in part) {
          hasHead = true;
          if (part.status < 200 || part.status > 299) refusal = part;
        } else if (refusal) refusalBody.push(part);
        else out.next(part);
      },
      error(error) {
        if (refusal) out.error(errorOfStatus(url, refusal, refusalBody));
        else out.error(errorOfNetwork(url, hasHead, error));
      },
      complete() {
        if (refusal) out.error(errorOfStatus(url, refusal, refusalBody));
        else out.complete();
      },
    };
  });

/** What a subscription gets for which there is no response left. */
const beyondTheLast = (recording: Recording): HttpError => {
  const message = `the recording holds ${recording.length === 1 ? '1 response' : `${recording.length} responses`}, and no more`;
  const apiError = new ApiError({ message, code: 'not_recorded' });
  return new HttpError({ status: 404, url: recording.at(-1)?.url ?? 'nowhere', apiError });
};

/**
 * The bytes of a recording of `recordFrames`, without a `fetch` and its promises: in the virtual time of RxJS's `TestScheduler`
 * it plays hours in no time, to the millisecond.
 *
 * - **Shape:** the text of a recording, or its lines, to `Observable<Uint8Array>`, a value per recorded read. Each subscription
 *   gets the next response, whatever its address: a retry, the second attempt
 * - **Time:** on `asyncScheduler`, as recorded or so many times as fast (`speed`); synchronous at `Infinity`
 * - **Memory:** the whole recording
 * - **Errors:** `InvalidOptionError` at the call for a recording that makes no sense; then what `fromHttp` would emit:
 *   `HttpError`, `NetworkError`; `AbortedError`, after as long as that took and a second more, where the recorded client left.
 *   A subscription beyond the last response gets an `HttpError` with status 404
 * - **Completes:** where the recorded body ended
 * - **Unsubscribe:** stops it
 *
 * @example The frames of an answer
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs';
 * import { decodeFrames } from 'rxllm';
 * import { fromRecording } from 'rxllm/testing';
 *
 * const recording = `{"rxllm":"recording","version":1}
 * {"id":1,"type":"request","method":"POST","url":"https://api.example/v1/messages"}
 * {"id":1,"type":"head","afterMs":310,"status":200,"headers":{"content-type":"text/event-stream"}}
 * {"id":1,"type":"bytes","afterMs":20,"text":"data: To"}
 * {"id":1,"type":"bytes","afterMs":40,"text":" be\\n\\n: ping\\n\\n"}
 * {"id":1,"type":"end","afterMs":1,"how":"complete"}`;
 * const frames$ = fromRecording(recording, { speed: Infinity }).pipe(decodeFrames());
 *
 * (await lastValueFrom(frames$.pipe(toArray()))).map(({ kind }) => kind); // => ['message', 'heartbeat']
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export function fromRecording(
  recording: string | Iterable<string>,
  { speed = 1 }: ReplayOptions = {},
): Observable<Uint8Array> {
  checkSpeed(speed);
  const exchanges = readRecording(recording);
  let next = 0;
  return defer(() => {
    const exchange = exchanges[next];
    next += 1;
    if (exchange) return playExchange(exchange, speed).pipe(bodyOf(exchange.url));
    return throwError(() => beyondTheLast(exchanges));
  });
}
