import { streamCompletion } from '../pipeline/streamCompletion.ts';
import { streamDeltas } from '../pipeline/streamDeltas.ts';
import type { StreamOptions } from '../pipeline/StreamOptions.ts';
import type { StreamRunner } from '../pipeline/StreamRunner.ts';
import { runTools } from '../tools/runTools.ts';
import { injectLlmContext, type LlmOverrides } from './injectLlmContext.ts';
import type { Llm } from './Llm.ts';

/**
 * A model to ask, in a component or a service: Observables that are yours to compose.
 *
 * - **Shape:** what differs here from the config of `provideLlm` (`headers` and `body` field by field) to an `Llm`; needs an injection
 *   context, or an `injector`
 * - **Errors:** `InvalidOptionError` thrown at the call where `provideLlm` is missing; those of `streamDeltas` in the streams
 * - **Completes:** the streams end with the component or service that asked, and at once on a server, where nothing is sent unless `ssr`
 *   is true
 * - **Unsubscribe:** aborts the request and closes its socket
 *
 * @example The answer in a service
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { lastValueFrom, map } from 'rxjs';
 * import { injectLlm, provideLlm } from 'rxllm/angular';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * class Translator {
 *   readonly #llm = injectLlm({ body: { temperature: 0 } });
 *
 *   translate(content: string) {
 *     return this.#llm.completion({ messages: [{ role: 'user', content }] }).pipe(map(({ text }) => text));
 *   }
 * }
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Guten Tag' }) }] });
 * const config = { dialect: openAiChat, baseUrl: 'http://fake.test/v1', fetch, body: { model: 'm' } };
 * TestBed.configureTestingModule({ providers: [provideLlm(config), Translator] });
 *
 * await lastValueFrom(TestBed.inject(Translator).translate('Good day')); // => 'Guten Tag'
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as for LlmConfig
export function injectLlm<Body extends object = any>(options: LlmOverrides<Body> = {}): Llm<Body> {
  const { config, request, bound, outside } = injectLlmContext(options, injectLlm);
  const { dialect } = config;
  /** A request for each step: what a tool waits for, a dialog say, may come from inside of the zone. */
  const stepRequest = (body: Partial<Body>): StreamOptions<Body> => {
    const { runIn, ...own } = request(body);
    const runOutside: StreamRunner = (one, asked) => outside(streamDeltas(one, { ...asked, runIn }));
    return { ...own, runIn: runOutside };
  };
  return {
    deltas: (body) => bound(() => streamDeltas(dialect, request(body))),
    completion: (body) => bound(() => streamCompletion(dialect, request(body))),
    runTools: (body, tools, toolOptions) => bound(() => runTools(dialect, stepRequest(body), tools, toolOptions)),
  };
}
