import { type EnvironmentProviders, makeEnvironmentProviders } from '@angular/core';

import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { LLM_CONFIG, type LlmConfig } from './LlmConfig.ts';
import type { LlmFeature } from './LlmFeature.ts';

/**
 * Tells an application, or a part of it, where answers come from.
 *
 * - **Shape:** a config, or a function that makes one in the injection context, once, so that it can `inject` what it needs; and
 *   features, such as `withHttpClient()`. In the `providers` of a route it holds for that route
 * - **Errors:** `InvalidOptionError` for features that do not go together
 *
 * @example A model for the whole application
 * ```ts
 * import { inject, InjectionToken } from '@angular/core';
 * import { TestBed } from '@angular/core/testing';
 * import { lastValueFrom } from 'rxjs';
 * import { injectLlm, provideLlm } from 'rxllm/angular';
 * import { openAiChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const TOKEN = new InjectionToken('TOKEN', { factory: () => 'key-of-the-user' });
 * const { fetch, requests } = fakeProvider();
 * const providers = [
 *   provideLlm(() => ({ dialect: openAiChat, baseUrl: 'http://fake.test/v1', apiKey: inject(TOKEN), body: { model: 'm' }, fetch })),
 * ];
 *
 * TestBed.configureTestingModule({ providers });
 * const llm = TestBed.runInInjectionContext(() => injectLlm());
 * await lastValueFrom(llm.completion({ messages: [{ role: 'user', content: 'Hi' }] }));
 *
 * requests[0]?.headers['authorization']; // => 'Bearer key-of-the-user'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function provideLlm<Body extends object>(
  config: LlmConfig<Body> | (() => LlmConfig<Body>),
  ...features: readonly LlmFeature[]
): EnvironmentProviders {
  const kinds = new Set(features.map(({ kind }) => kind));
  if (kinds.size > 1) {
    throw new InvalidOptionError('features', 'cannot be withHttpClient and withWorker: a worker has no HttpClient');
  }
  const provided =
    typeof config === 'function'
      ? { provide: LLM_CONFIG, useFactory: config }
      : { provide: LLM_CONFIG, useValue: config };
  return makeEnvironmentProviders([provided, ...features.flatMap(({ providers }) => providers)]);
}
