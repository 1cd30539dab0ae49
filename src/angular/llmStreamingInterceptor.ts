import {
  HttpErrorResponse,
  type HttpEvent,
  HttpEventType,
  HttpHeaderResponse,
  HttpHeaders,
  type HttpInterceptorFn,
  type HttpRequest,
  HttpResponse,
} from '@angular/common/http';
import { Observable, type Subscriber } from 'rxjs';

import { after } from '../internal/after.ts';
import { LLM_STREAM, type LlmPiece } from './LlmPiece.ts';

const pieceOf = (llmPiece: Uint8Array): LlmPiece => ({ type: HttpEventType.User, llmPiece });

const initOf = (request: HttpRequest<unknown>, signal: AbortSignal): RequestInit => {
  const { credentials, withCredentials, keepalive, cache, mode, priority, redirect, referrer, integrity } = request;
  const headers = request.headers
    .keys()
    .map((name): [string, string] => [name, request.headers.getAll(name)?.join(',') ?? '']);
  const said = {
    credentials: withCredentials ? 'include' : credentials,
    cache,
    mode,
    priority,
    redirect,
    referrer,
    integrity,
  } as const;
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value)),
    ...(keepalive && { keepalive }),
    method: request.method,
    headers,
    body: request.serializeBody() as BodyInit | null,
    signal,
  };
};

const send = async (
  request: HttpRequest<unknown>,
  out: Subscriber<HttpEvent<unknown>>,
  signal: AbortSignal,
): Promise<void> => {
  const { urlWithParams } = request;
  let head: { headers: HttpHeaders; status: number; statusText: string; url: string } | undefined;
  try {
    const responding = fetch(urlWithParams, initOf(request, signal));
    out.next({ type: HttpEventType.Sent });
    const response = await responding;
    const { status, statusText, url } = response;
    head = { headers: new HttpHeaders(response.headers), status, statusText, url: url === '' ? urlWithParams : url };
    out.next(new HttpHeaderResponse(head));
    if (!response.ok) {
      out.error(new HttpErrorResponse({ ...head, error: await response.text() }));
      return;
    }
    const reader = response.body?.getReader();
    for (;;) {
      const { done = true, value } = (await reader?.read()) ?? {};
      if (done || value === undefined) break;
      out.next(pieceOf(value));
    }
    out.next(new HttpResponse({ ...head, body: null }));
    out.complete();
  } catch (error) {
    out.error(new HttpErrorResponse({ error, url: urlWithParams, status: 0 }));
  }
};

/**
 * Makes the pieces of an answer come as they are read, at the cost of plain `fetch`: for `withInterceptors`, as the last of them.
 *
 * It sends the requests of `withHttpClient()` by itself, so interceptors behind it do not see them; those before it do, and they see the
 * pieces as events of type `User`. All other requests it leaves alone.
 *
 * @example Beside the interceptors of an application
 * ```ts
 * import { type HttpInterceptorFn, provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { TestBed } from '@angular/core/testing';
 * import { lastValueFrom, tap } from 'rxjs';
 * import { injectLlm, llmStreamingInterceptor, provideLlm, withHttpClient } from 'rxllm/angular';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * let events = 0;
 * const counting: HttpInterceptorFn = (request, next) => next(request).pipe(tap(() => (events += 1)));
 * const { listen } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hello' }) }] });
 * const { baseUrl, close } = await listen();
 *
 * TestBed.configureTestingModule({
 *   providers: [
 *     provideHttpClient(withInterceptors([counting, llmStreamingInterceptor])),
 *     provideLlm({ dialect: openAiChat, baseUrl: baseUrl(openAiChat), body: { model: 'm' } }, withHttpClient()),
 *   ],
 * });
 * const llm = TestBed.runInInjectionContext(() => injectLlm());
 * const { text } = await lastValueFrom(llm.completion({ messages: [{ role: 'user', content: 'Hi' }] }));
 * await close();
 *
 * text; // => 'Hello'
 * events > 2; // => true
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export const llmStreamingInterceptor: HttpInterceptorFn = (request, next) => {
  if (!request.context.get(LLM_STREAM)) return next(request);
  return new Observable((out) => {
    const controller = new AbortController();
    out.add(
      after(request.timeout ?? Infinity, () => {
        controller.abort(new DOMException('signal timed out', 'TimeoutError'));
      }),
    );
    void send(request, out, controller.signal);
    return () => {
      controller.abort();
    };
  });
};
