import { type ChatDialect, chatPreset } from './chatPreset.ts';

/**
 * Groq: `baseUrl` is `https://api.groq.com/openai/v1`.
 *
 * Reasoning goes back as `reasoning`, for Groq refuses `reasoning_content`. Usage is also read in `x_groq.usage`; an
 * answer that is broken off with `x_groq.error` is an `ApiError`.
 *
 * - **Source:** Groq's API reference, and the types of its SDK
 *
 * @example An answer that was broken off
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { type ApiError, streamCompletion } from 'rxllm';
 * import { groqChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const chunk = { id: 'c1', model: 'm', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] };
 * const last = { ...chunk, choices: [], x_groq: { id: 'req_1', error: 'over_capacity' } };
 * const bytes = [chunk, last].map((json) => `data: ${JSON.stringify(json)}\n\n`).join('');
 * const { fetch } = fakeProvider({ replies: [{ bytes }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(groqChat, { baseUrl: 'http://fake.test/openai/v1', fetch, body });
 * const error = await lastValueFrom(completion$).catch((reason: unknown) => reason as ApiError);
 *
 * error; // => expect.objectContaining({ code: 'over_capacity', isRetryable: true })
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const groqChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'groq-chat',
  reasoning: (reasoning) => ({ reasoning }),
});
