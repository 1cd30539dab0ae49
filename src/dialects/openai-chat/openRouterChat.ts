import { type ChatDialect, chatPreset } from './chatPreset.ts';

/**
 * OpenRouter: `baseUrl` is `https://openrouter.ai/api/v1`; your site goes in `headers` (`HTTP-Referer`, `X-Title`).
 *
 * What a model reasoned in `reasoning_details` goes back with the next round of tool calls as it came and in its order, with
 * its ids, formats and seals. The cost is in `usage.raw.cost`.
 *
 * - **Source:** OpenRouter's API reference, "Reasoning Tokens" and "Errors"
 *
 * @example The cost of an answer
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openRouterChat } from 'rxllm/openai';
 * import { fakeProvider } from 'rxllm/testing';
 *
 * const chunk = (fields: object) => `data: ${JSON.stringify({ id: 'gen-1', model: 'm', ...fields })}\n\n`;
 * const bytes =
 *   ': OPENROUTER PROCESSING\n\n' +
 *   chunk({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }) +
 *   chunk({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1, cost: 0.0001 } }) +
 *   'data: [DONE]\n\n';
 * const { fetch } = fakeProvider({ replies: [{ bytes }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const headers = { 'HTTP-Referer': 'https://my.site', 'X-Title': 'Mine' };
 * const completion$ = streamCompletion(openRouterChat, { baseUrl: 'http://fake.test/api/v1', headers, fetch, body });
 *
 * (await lastValueFrom(completion$)).usage?.raw; // => { prompt_tokens: 3, completion_tokens: 1, cost: 0.0001 }
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const openRouterChat: ChatDialect = /* @__PURE__ */ chatPreset({
  name: 'openrouter-chat',
  // By a field of its own, which counts the cost, too.
  asks: { usage: { include: true } },
  reasoning: (reasoning) => ({ reasoning }),
});
