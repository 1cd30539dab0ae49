import { HttpClient } from '@angular/common/http';
import { inject, NgZone } from '@angular/core';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { httpClientFetch } from './httpClientFetch.ts';
import { LLM_FETCH } from './LLM_FETCH.ts';
import { LLM_RUNNER } from './LLM_RUNNER.ts';
import type { LlmFeature } from './LlmFeature.ts';

export interface WithHttpClientOptions {
  /**
   * The least time between two looks at the text of a response, in milliseconds; 0 for a look at every piece. HttpClient tells all of the text
   * each time, and each look copies all of it. With `llmStreamingInterceptor` nothing is looked at. @defaultValue 25
   */
  readonly sampleMs?: number | undefined;
}

/**
 * Sends requests through HttpClient, and so through the interceptors of the application.
 *
 * HttpClient tells the text of a response again and again, each time all of it. It is looked at every `sampleMs`; with
 * `llmStreamingInterceptor` as the last interceptor pieces come one by one instead. An interceptor that sends a request again makes the
 * answer begin again.
 *
 * - **Errors:** as with `fetch`; what an interceptor throws is a `NetworkError`, unless it is an `HttpErrorResponse` with a status.
 *   `InvalidOptionError` where `provideHttpClient()` is missing, or with `withWorker`
 * - **Unsubscribe:** unsubscribes from HttpClient, which closes the socket
 *
 * @example An interceptor that knows the key
 * ```ts
 * import { type HttpInterceptorFn, provideHttpClient, withInterceptors } from '@angular/common/http';
 * import { TestBed } from '@angular/core/testing';
 * import { lastValueFrom } from 'rxjs';
 * import { injectLlm, provideLlm, withHttpClient } from 'rxllm/angular';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const auth: HttpInterceptorFn = (request, next) =>
 *   next(request.clone({ setHeaders: { authorization: 'Bearer of-the-user' } }));
 * const { listen, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hello' }) }] });
 * const { baseUrl, close } = await listen();
 *
 * TestBed.configureTestingModule({
 *   providers: [
 *     provideHttpClient(withInterceptors([auth])),
 *     provideLlm({ dialect: openAiChat, baseUrl: baseUrl(openAiChat), body: { model: 'm' } }, withHttpClient()),
 *   ],
 * });
 * const llm = TestBed.runInInjectionContext(() => injectLlm());
 * const { text } = await lastValueFrom(llm.completion({ messages: [{ role: 'user', content: 'Hi' }] }));
 * await close();
 *
 * text; // => 'Hello'
 * requests[0]?.headers['authorization']; // => 'Bearer of-the-user'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function withHttpClient({ sampleMs = 25 }: WithHttpClientOptions = {}): LlmFeature {
  checkOption('delayMs', 'sampleMs', sampleMs);
  const useFactory = (): typeof globalThis.fetch => {
    const http = inject(HttpClient, { optional: true });
    if (http === null) {
      throw new InvalidOptionError(
        'withHttpClient',
        'needs provideHttpClient() among the providers of the application',
      );
    }
    return httpClientFetch(http, inject(NgZone), sampleMs);
  };
  // What is said nearer holds: `withWorker` may have been said for the application around.
  const noWorker = { provide: LLM_RUNNER, useValue: undefined };
  return { kind: 'http-client', providers: [{ provide: LLM_FETCH, useFactory }, noWorker] };
}
