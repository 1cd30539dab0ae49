import { isPlatformServer } from '@angular/common';
import { inject, PLATFORM_ID } from '@angular/core';

import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import type { AnyWorker } from '../worker/AnyWorker.ts';
import { inWorker, type InWorkerOptions } from '../worker/inWorker.ts';
import { LLM_FETCH } from './LLM_FETCH.ts';
import { LLM_RUNNER } from './LLM_RUNNER.ts';
import type { LlmFeature } from './LlmFeature.ts';

/**
 * Asks from a worker: what `inWorker` of `rxllm/worker` does, for the whole application. The script of the worker calls
 * `serveStreams`.
 *
 * - **Shape:** a function that makes the worker: `() => new Worker(new URL('./llm.worker', import.meta.url), { type: 'module' })`. On a
 *   server that renders pages it is not called, and requests are made there and then
 * - **Errors:** those of `inWorker`; `InvalidOptionError` thrown by `provideLlm` with `withHttpClient`
 *
 * @example For the whole application
 * ```ts
 * import { provideLlm, withHttpClient, withWorker } from 'rxllm/angular';
 * import { openAiChat } from 'rxllm/openai';
 *
 * const config = { dialect: openAiChat, baseUrl: '/api/v1', body: { model: 'm' } };
 * const worker = withWorker(() => new Worker('/llm.worker.js', { type: 'module' }), { keepAliveMs: 10_000 });
 * const providers = [provideLlm(config, worker)];
 * let problem = '';
 * try {
 *   provideLlm(config, worker, withHttpClient());
 * } catch (error) {
 *   problem = (error as Error).name;
 * }
 *
 * problem; // => 'InvalidOptionError'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function withWorker(create: () => AnyWorker, options: InWorkerOptions = {}): LlmFeature {
  const runIn = inWorker(create, options);
  // A server that renders a page has no such workers, nor a screen to keep smooth.
  const useFactory = (): StreamRunner | undefined => (isPlatformServer(inject(PLATFORM_ID)) ? undefined : runIn);
  // What is said nearer holds: `withHttpClient` may have been said for the application around.
  const noFetch = { provide: LLM_FETCH, useValue: undefined };
  return { kind: 'worker', providers: [{ provide: LLM_RUNNER, useFactory }, noFetch] };
}
