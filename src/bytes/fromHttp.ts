import { Observable } from 'rxjs';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { NetworkError } from '../errors/NetworkError.ts';
import { StreamTimeoutError } from '../errors/StreamTimeoutError.ts';
import { abortedBy } from '../internal/abortedBy.ts';
import { after } from '../internal/after.ts';
import { redact, secretsIn, withoutSecrets } from '../internal/redact.ts';
import { SilenceClock } from '../internal/SilenceClock.ts';
import { checkResponse } from './checkResponse.ts';
import { httpClocks } from './httpClocks.ts';
import type { HttpRequest } from './HttpRequest.ts';
import { isPushedBody, type PushedBody } from './PushedBody.ts';
import { RestartError } from './RestartError.ts';

/** The system's word for a failure; runtimes hide it at different depths, and in errors of another realm. */
const codeIn = (error: unknown, depth = 0): string | undefined => {
  if (typeof error !== 'object' || error === null || depth > 3) return undefined;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : codeIn(cause, depth + 1);
};

/**
 * What is worth keeping of a failure: its words and codes, all the way down. Other fields may hold the request, as a
 * parser's complaint does that got it sent back.
 */
const causeOf = (error: unknown, secrets: readonly string[], depth = 0): Error | undefined => {
  if (typeof error !== 'object' || error === null || depth > 3) return undefined;
  const { name, message, code, cause } = error as {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    cause?: unknown;
  };
  const inner = causeOf(cause, secrets, depth + 1);
  const kept = new Error(redact(String(message), secrets), inner && { cause: inner });
  return Object.assign(kept, { name: String(name), ...(typeof code === 'string' && { code }) });
};

/** The innermost words, which tell the reason; the outer ones are often just "fetch failed". */
const reasonIn = (error: Error | undefined): string | undefined =>
  error?.cause instanceof Error ? reasonIn(error.cause) : error?.message;

/** What was thrown because the network failed, as a `NetworkError`. */
const networkError = (
  error: unknown,
  url: string,
  phase: NetworkError['phase'],
  secrets: readonly string[],
): NetworkError => {
  if (error instanceof RestartError) return error;
  const cause = causeOf(error, secrets);
  return new NetworkError({ url: withoutSecrets(url), code: codeIn(cause), reason: reasonIn(cause), phase }, { cause });
};

/** Throws for a header that cannot be sent: the runtime's own complaint quotes the value, which may be a key. */
const checkHeaders = (headers: Readonly<Record<string, string>>): void => {
  for (const header of Object.entries(headers)) {
    try {
      new Headers([header]);
    } catch {
      throw new InvalidOptionError(`headers.${header[0]}`, 'holds a character that no header may hold');
    }
  }
};

/** What is left of a response once its head was judged. Nothing else is held for as long as the body takes. */
interface Body {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly pushed: PushedBody | undefined;
  readonly secrets: readonly string[];
}

/** Sends the request; `undefined` for a response without a body, or when the consumer has left. */
const open = async (
  request: HttpRequest,
  out: { readonly closed: boolean },
  signal: AbortSignal,
  onHead: () => void,
): Promise<Body | undefined> => {
  const { method, url, body } = request;
  const headers = await request.headers();
  if (out.closed) return undefined;
  checkHeaders(headers);
  const secrets = secretsIn(headers, url);
  const send = request.fetch ?? globalThis.fetch;
  let response: Response;
  try {
    response = await send(url, {
      method,
      headers,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw networkError(error, url, 'connect', secrets);
  }
  onHead();
  const reader = response.body?.getReader();
  const release = (): void => void reader?.cancel().catch(() => undefined);
  // A `fetch` that was handed in may not heed the signal; its body does.
  if (signal.aborted) {
    release();
    return undefined;
  }
  signal.addEventListener('abort', release);
  const problem = await checkResponse(response, reader, request, secrets);
  if (problem) throw problem;
  return reader && { reader, pushed: isPushedBody(response.body) ? response.body : undefined, secrets };
};

const pumpPushed = async (
  pushed: PushedBody,
  { url }: HttpRequest,
  next: (slice: Uint8Array) => void,
  secrets: readonly string[],
): Promise<void> => {
  try {
    await pushed.push(next);
  } catch (error) {
    throw networkError(error, url, 'body', secrets);
  }
};

/** One turn per read, and nothing made for it but what the reader makes: `npm run bench -- concurrent`. */
const pump = async (request: HttpRequest, body: Body, next: (slice: Uint8Array) => void): Promise<void> => {
  const { readWhen, url } = request;
  const { reader, pushed, secrets } = body;
  // A slow consumer asks for each read.
  if (pushed && !readWhen) {
    await pumpPushed(pushed, request, next, secrets);
    return;
  }
  for (;;) {
    if (readWhen) await readWhen();
    let read: ReadableStreamReadResult<Uint8Array>;
    try {
      read = await reader.read();
    } catch (error) {
      throw networkError(error, url, 'body', secrets);
    }
    if (read.done) return;
    next(read.value);
  }
};

/**
 * Sends a request and gives the bytes of the response as they arrive.
 *
 * - **Shape:** `HttpRequest` to `Observable<Uint8Array>`, one value per read; cold: two subscriptions are two requests
 * - **Time:** the request goes out on subscription; `timeouts` bound the wait for the head (`connectMs`), for the body
 *   (`firstFrameMs`) and between reads (`idleMs`). An error's body is waited for at most 2 s
 * - **Memory:** one read; of an error's body at most 64 KiB
 * - **Errors:** `NetworkError`, `HttpError` (redirects too: they are not followed), `ContentTypeError`,
 *   `StreamTimeoutError`, `AbortedError`; what the request's own `headers()` throws passes through
 * - **Completes:** when the response ends, whether or not the answer in it is whole
 * - **Unsubscribe:** aborts the request and closes its socket, before the headers and between reads alike
 *
 * @example The bytes of an answer
 * ```ts
 * import { lastValueFrom, reduce } from 'rxjs';
 * import { fromHttp } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider();
 * const request = openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm', messages: [] } });
 * const bytes = await lastValueFrom(fromHttp(request).pipe(reduce((sum, slice) => sum + slice.byteLength, 0)));
 *
 * bytes > 100; // => true
 * ```
 *
 * @category bytes
 * @since 0.1.0
 */
export function fromHttp(request: HttpRequest): Observable<Uint8Array> {
  const { connectMs, firstFrameMs, idleMs } = httpClocks(request.timeouts);
  const bytes = new Observable<Uint8Array>((out) => {
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = after(connectMs, () => {
      out.error(new StreamTimeoutError('connect', connectMs));
    });
    out.add(connecting);
    // Not an operator of its own: of many streams at once, each costs as much as reading does.
    const clock = new SilenceClock({ firstMs: firstFrameMs, eachMs: idleMs }, (hasBegun) => {
      out.error(
        hasBegun ? new StreamTimeoutError('idle', idleMs) : new StreamTimeoutError('first-frame', firstFrameMs),
      );
    });
    out.add(clock);
    const onHead = (): void => {
      connecting.unsubscribe();
    };
    const next = (slice: Uint8Array): void => {
      clock.note();
      out.next(slice);
    };
    open(request, out, signal, onHead)
      .then((body) => body && pump(request, body, next))
      .then(
        () => {
          out.complete();
        },
        (error: unknown) => {
          out.error(error);
        },
      );
    return () => {
      controller.abort();
    };
  });
  return bytes.pipe(abortedBy(request.signal));
}
