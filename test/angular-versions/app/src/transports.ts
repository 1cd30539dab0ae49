import { type HttpInterceptorFn } from '@angular/common/http';
import { llmStreamingInterceptor, withHttpClient, withWorker, type LlmFeature } from 'rxllm/angular';

/** What an interceptor of the application does: it says who asks. */
const signed: HttpInterceptorFn = (request, next) => next(request.clone({ setHeaders: { 'x-user': 'ada' } }));

/** Every way to the provider, by the name that the page's address gives. */
export const transports: Readonly<Record<string, { features: LlmFeature[]; interceptors: HttpInterceptorFn[] }>> = {
  fetch: { features: [], interceptors: [] },
  http: { features: [withHttpClient()], interceptors: [signed] },
  interceptor: { features: [withHttpClient()], interceptors: [signed, llmStreamingInterceptor] },
  worker: {
    features: [withWorker(() => new Worker(new URL('./llm.worker', import.meta.url), { type: 'module' }))],
    interceptors: [],
  },
};
