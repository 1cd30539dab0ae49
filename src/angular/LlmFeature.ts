import type { Provider } from '@angular/core';

/** Something that `provideLlm` is to have besides: `withHttpClient()`, `withWorker(...)`. */
export interface LlmFeature {
  readonly kind: 'http-client' | 'worker';
  readonly providers: readonly Provider[];
}
