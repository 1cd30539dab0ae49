import { defer, type Observable, tap, throwError, timer } from 'rxjs';

import { fromHttp } from '../bytes/fromHttp.ts';
import type { HttpRequest } from '../bytes/HttpRequest.ts';
import type { Delta } from '../deltas/Delta.ts';
import { ContentTypeError } from '../errors/ContentTypeError.ts';
import { LogError } from '../errors/LogError.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { decodeFrames } from '../frames/decodeFrames.ts';
import { randomId } from '../internal/randomId.ts';
import { withoutSecrets } from '../internal/redact.ts';
import { retryDelayMs } from '../resilience/retryDelayMs.ts';
import { readRelay } from './readRelay.ts';
import { relayClocks, type RelayOptions } from './RelayOptions.ts';
import { RelayPlace } from './RelayPlace.ts';
import { relayRequest } from './relayRequest.ts';
import { lastSegment } from './relayUrl.ts';

const none = (): void => undefined;

const eventStream = 'text/event-stream';

/** One client's way through one answer, over any number of connections. */
export class RelaySession {
  readonly #url: string;
  readonly #options: RelayOptions;
  readonly #place: RelayPlace;
  /** By what the answer is known. */
  readonly #id: string;
  readonly #request: HttpRequest;
  /** The head of the response that is being read. */
  #response: Response | undefined;

  constructor(url: string, options: RelayOptions, body: string | undefined) {
    const { connectMs, idleMs } = relayClocks(options);
    const key = body === undefined ? undefined : (options.key ?? randomId());
    this.#url = url;
    this.#options = options;
    this.#id = key ?? lastSegment(url);
    this.#place = new RelayPlace(options.after);
    this.#request = relayRequest(url, options, {
      method: body === undefined ? 'GET' : 'POST',
      body,
      accept: eventStream,
      readWhen: options.readWhen,
      timeouts: { connectMs, firstFrameMs: connectMs + idleMs, idleMs },
      headers: () => {
        const { cursor } = this.#place;
        return {
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(cursor !== undefined && { 'last-event-id': cursor }),
        };
      },
      onResponse: (response) => {
        this.#response = response;
      },
    });
  }

  /** What comes behind the place on one connection. */
  connect(): Observable<Delta> {
    const { maxFrameChars, onCursor = none, onEnding = none } = this.#options;
    return defer(() => {
      this.#response = undefined;
      return fromHttp(this.#request);
    }).pipe(
      tap((slice) => {
        this.#checkIsOurs(slice);
      }),
      decodeFrames({ maxFrameChars }),
      readRelay({
        id: this.#id,
        place: this.#place,
        onCursor,
        onEnding,
        hasAll: () => this.#response?.status === 204 && this.#place.cursor !== undefined,
      }),
    );
  }

  /** Waits before the next connection after an error; errors with what the answer is to end in. */
  wait(error: unknown): Observable<unknown> {
    const { retry = {} } = this.#options;
    const place = this.#place;
    if (this.#isGone(error)) return throwError(() => new LogError('not-found', this.#id, undefined, { cause: error }));
    if (retry === false || place.isOver || !isStreamError(error) || !error.isRetryable) return throwError(() => error);
    const { maxRetries = 8, ...backoff } = retry;
    const delayMs = retryDelayMs(error, place.failures + 1, backoff);
    if (delayMs === undefined || place.failures >= maxRetries) return throwError(() => error);
    place.failures += 1;
    return timer(delayMs);
  }

  /** Whether the answer is not there; where nothing of one was seen, a request to start one may have gone to a wrong address. */
  #isGone(error: unknown): boolean {
    const isNotFound = isStreamError(error) && error._tag === 'HttpError' && error.status === 404;
    return isNotFound && (this.#request.method === 'GET' || this.#place.cursor !== undefined);
  }

  /** Throws for a response that does not say what it is: our own servers do, so this one is another's. */
  #checkIsOurs(slice: Uint8Array): void {
    const contentType = this.#response?.headers.get('content-type') ?? '';
    if (contentType.trim().toLowerCase().startsWith(eventStream)) return;
    const bodyStart = new TextDecoder().decode(slice.subarray(0, 1_000));
    throw new ContentTypeError({ contentType, expected: eventStream, url: withoutSecrets(this.#url), bodyStart });
  }
}
