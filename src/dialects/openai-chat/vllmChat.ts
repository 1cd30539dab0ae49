import { type ChatDialect, chatPreset } from './chatPreset.ts';

/**
 * vLLM's own server: `baseUrl` is such as `http://127.0.0.1:8000/v1`.
 *
 * An answer that dropped is resumed from its own beginning (`continue_final_message`). Reasoning is read under both its names
 * and goes back as `reasoning`, as vLLM has it since 0.11.
 *
 * - **Source:** vLLM documentation, "OpenAI-Compatible Server" and "Reasoning Outputs"
 *
 * @example A resumption hands the beginning over
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { vllmChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({
 *   replies: [
 *     { deltas: answer({ text: ['To be or not to be, ', 'that'] }), fault: { kind: 'cut', afterBytes: 400, with: 'rst' } },
 *     { deltas: answer({ text: ' that is the question' }) },
 *   ],
 * });
 * const completion$ = streamCompletion(vllmChat, {
 *   baseUrl: 'http://fake.test/v1',
 *   fetch,
 *   body: { model: 'm', messages: [] },
 *   resume: { firstDelayMs: 1 },
 * });
 *
 * (await lastValueFrom(completion$)).text; // => 'To be or not to be, that is the question'
 * requests[1]?.body; // => expect.objectContaining({ continue_final_message: true, add_generation_prompt: false })
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const vllmChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'vllm-chat',
  reasoning: (reasoning) => ({ reasoning }),
  prefill: { body: { continue_final_message: true, add_generation_prompt: false } },
});
