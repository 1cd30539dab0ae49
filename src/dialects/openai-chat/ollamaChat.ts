import { type ChatDialect, chatPreset } from './chatPreset.ts';

/**
 * Ollama's `/v1`: `baseUrl` is such as `http://127.0.0.1:11434/v1`, and there is no key. `rxllm/ollama` speaks Ollama's own
 * API, which has more to set.
 *
 * Reasoning goes back as `reasoning`; under another name Ollama passes it over.
 *
 * - **Source:** Ollama documentation, "OpenAI compatibility", and its source
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { ollamaChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ reasoning: 'Hm', text: 'Hi' }) }] });
 * const body = { model: 'qwen3', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(ollamaChat, { baseUrl: 'http://fake.test/v1', fetch, body });
 *
 * (await lastValueFrom(completion$)).reasoning; // => 'Hm'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const ollamaChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'ollama-chat',
  reasoning: (reasoning) => ({ reasoning }),
});
