import { type ChatDialect, chatPreset } from './chatPreset.ts';

/** Only there does it take the beginning of an answer. */
const toBeta = (baseUrl: unknown): string =>
  String(baseUrl).replace(/^(https:\/\/api\.deepseek\.com)(\/v1)?\/*$/i, '$1/beta');

/**
 * DeepSeek: `baseUrl` is `https://api.deepseek.com`.
 *
 * An answer that dropped is resumed from its own beginning, with `prefix: true` at `/beta`. Reasoning goes back as
 * `reasoning_content`, which DeepSeek insists on between rounds of tool calls. A lack of resources is an `ApiError`.
 *
 * - **Source:** DeepSeek's API reference, "Thinking Mode" and "Chat Prefix Completion"
 *
 * @example A resumption hands the beginning over
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { deepSeekChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({
 *   replies: [
 *     { deltas: answer({ text: ['To be or not to be, ', 'that'] }), fault: { kind: 'cut', afterBytes: 400, with: 'rst' } },
 *     { deltas: answer({ text: ' that is the question' }) },
 *   ],
 * });
 * const completion$ = streamCompletion(deepSeekChat, {
 *   baseUrl: 'http://fake.test',
 *   fetch,
 *   body: { model: 'm', messages: [] },
 *   resume: { firstDelayMs: 1 },
 * });
 *
 * (await lastValueFrom(completion$)).text; // => 'To be or not to be, that is the question'
 * requests[1]?.body; // => expect.objectContaining({ messages: [{ role: 'assistant', content: 'To be or not to be,', prefix: true }] })
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const deepSeekChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'deepseek-chat',
  prefill: { message: { prefix: true }, baseUrl: toBeta },
});
