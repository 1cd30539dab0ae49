import { type ChatDialect, chatPreset } from './chatPreset.ts';

/** Mistral takes ids of nine letters and digits, and no others. */
const callId = (id: string, position: number): string =>
  /^[a-zA-Z0-9]{9}$/.test(id) ? id : `call${String(position).padStart(5, '0')}`;

/** Reasoning goes back where it came from, in the content. */
const thinking = (reasoning: string, text: string): object => ({
  content: [
    { type: 'thinking', thinking: [{ type: 'text', text: reasoning }] },
    ...(text === '' ? [] : [{ type: 'text', text }]),
  ],
});

/**
 * Mistral: `baseUrl` is `https://api.mistral.ai/v1`.
 *
 * Mistral refuses fields that it does not know with a 422, so `stream_options` is not sent (usage comes without), nor
 * is `reasoning_content`: reasoning goes back as it came, in the content. Calls get ids of the form that it wants. A dropped
 * answer is resumed by asking in words, since Mistral repeats a beginning that it is handed.
 *
 * - **Source:** Mistral's API reference, "Chat Completion", and the types of its SDK
 *
 * @example Usage without asking for it
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { mistralChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi', usage: { outputTokens: 1 } }) }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(mistralChat, { baseUrl: 'http://fake.test/v1', fetch, body });
 *
 * (await lastValueFrom(completion$)).usage?.outputTokens; // => 1
 * requests[0]?.body; // => { model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true }
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const mistralChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'mistral-chat',
  asks: {},
  callId,
  reasoning: thinking,
  prefill: { message: { prefix: true }, isEchoed: true },
});
