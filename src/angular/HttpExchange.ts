import {
  type HttpDownloadProgressEvent,
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  type HttpHeaders,
} from '@angular/common/http';
import { type Observable, Subscription } from 'rxjs';

import { type Restart, RestartError } from '../bytes/RestartError.ts';
import { GrowingBody, type GrowingBodyOptions } from './GrowingBody.ts';
import { isLlmPiece } from './LlmPiece.ts';

export interface HttpExchangeOptions extends Omit<GrowingBodyOptions, 'onLeft'> {
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: unknown) => void;
}

const isOk = (status: number): boolean => status >= 200 && status < 300;

/** Statuses whose responses have no body. */
const bodiless = [204, 205, 304];

const responseOf = (
  { status, headers }: { readonly status: number; readonly headers: HttpHeaders },
  body: string | ReadableStream<Uint8Array>,
): Response => {
  // A redirect that a browser does not follow is shown as nothing at all.
  if (status === 0) return Response.error();
  const pairs = headers
    .keys()
    .flatMap((name) => (headers.getAll(name) ?? []).map((value): [string, string] => [name, value]));
  return new Response(bodiless.includes(status) ? null : body, { status, headers: pairs });
};

/** A body as text, whatever an interceptor made of it. */
const textOf = (body: unknown): string => {
  if (typeof body === 'string') return body;
  return body === null || body === undefined ? '' : JSON.stringify(body);
};

/** What `fetch` would throw for a response that never came, or did not come to its end. */
const failureOf = (error: unknown): unknown => {
  if (!(error instanceof HttpErrorResponse)) return error;
  const cause: unknown = error.error;
  return new TypeError(cause instanceof Error ? cause.message : error.message, { cause });
};

/**
 * One request of HttpClient's, as a `fetch` tells of it: what comes is put into a response.
 *
 * An interceptor may send the request again whenever it likes, and what comes then begins anew. A response that was handed out
 * already then ends in a `RestartError`, which holds the next one.
 */
export class HttpExchange {
  readonly #options: HttpExchangeOptions;
  readonly #subscription = new Subscription();
  /** Whether a response was handed out. */
  #isAnswered = false;
  /** The body of the response under way; `undefined` while none is. */
  #body: GrowingBody | undefined;
  /** The body that was handed out last. */
  #shown: GrowingBody | undefined;
  #restarts = 0;
  /** Counts who had the say over the request: the first `fetch`, then whoever took over. */
  #owner = 0;

  constructor(events: Observable<HttpEvent<unknown>>, options: HttpExchangeOptions) {
    this.#options = options;
    this.#heed(options.signal, options.reject);
    if (this.#subscription.closed) return;
    this.#subscription.add(
      events.subscribe({
        next: (event) => {
          this.#next(event);
        },
        error: (error: unknown) => {
          this.#failed(error);
        },
        complete: () => {
          this.#completed();
        },
      }),
    );
  }

  #next(event: HttpEvent<unknown>): void {
    switch (event.type) {
      case HttpEventType.Sent:
        this.#sentAgain();
        break;
      case HttpEventType.ResponseHeader:
        this.#sentAgain();
        // An error's body comes along with it, unless an interceptor does something about it first.
        if (isOk(event.status) || event.status === 0) this.#begin(event);
        break;
      case HttpEventType.DownloadProgress:
        this.#grow(event);
        break;
      case HttpEventType.User:
        if (isLlmPiece(event)) this.#body?.push(event.llmPiece);
        break;
      case HttpEventType.Response:
        if (this.#body) this.#body.finish(event.body === null ? null : textOf(event.body));
        else this.#deliver(responseOf(event, textOf(event.body)));
        break;
      default:
    }
  }

  #grow({ partialText }: HttpDownloadProgressEvent): void {
    if (partialText !== undefined) this.#body?.grow(partialText);
  }

  /** What came so far is void. */
  #sentAgain(): void {
    this.#body?.abandon();
    this.#body = undefined;
  }

  #begin(head: { readonly status: number; readonly headers: HttpHeaders }): void {
    const body = new GrowingBody({
      ...this.#options,
      onLeft: () => {
        if (this.#shown === body) this.#leave();
      },
    });
    this.#deliver(responseOf(head, body.stream), body);
  }

  #deliver(response: Response, body?: GrowingBody): void {
    const before = this.#shown;
    this.#body = body;
    this.#shown = body;
    if (!this.#isAnswered) this.#options.resolve(response);
    else if (before) this.#restart(before, response);
    this.#isAnswered = true;
  }

  /** Ends a response that was handed out, since `next` has taken its place. */
  #restart(before: GrowingBody, next: Response): void {
    this.#restarts += 1;
    before.abandon(new RestartError(this.#options.url, () => this.#handOver(next)));
  }

  #handOver(next: Response): Restart {
    this.#owner += 1;
    const owner = this.#owner;
    let isAsked = false;
    return {
      fetch: (_, init) =>
        new Promise((resolve, reject) => {
          isAsked = true;
          this.#heed(init?.signal ?? undefined, reject);
          resolve(next);
        }),
      release: () => {
        if (!isAsked && this.#owner === owner) this.#leave();
      },
    };
  }

  #failed(error: unknown): void {
    const isStatus = error instanceof HttpErrorResponse && error.status > 0 && !isOk(error.status);
    if (isStatus) this.#deliver(responseOf(error, textOf(error.error)));
    else if (this.#isAnswered) this.#shown?.break(failureOf(error));
    else this.#options.reject(failureOf(error));
  }

  #completed(): void {
    if (!this.#isAnswered) this.#options.reject(new TypeError('HttpClient completed without a response'));
    else if (this.#body) this.#body.finish();
    else
      this.#shown?.break(new TypeError('HttpClient completed without a response to the request that was sent again'));
  }

  /** Lets the request go when the signal says so. */
  #heed(signal: AbortSignal | undefined, onAborted: (reason: unknown) => void): void {
    const owner = this.#owner;
    const leave = (): void => {
      onAborted(signal?.reason);
      if (this.#restarts === 0) this.#leave();
      // Whoever takes over does so while the error passes, and on its way the response that it ended is torn down.
      else
        queueMicrotask(() => {
          if (this.#owner === owner) this.#leave();
        });
    };
    if (signal?.aborted === true) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  }

  #leave(): void {
    this.#subscription.unsubscribe();
    this.#shown?.abandon();
  }
}
