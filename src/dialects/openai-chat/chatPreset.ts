import { InvalidOptionError } from '../../errors/InvalidOptionError.ts';
import { continuation } from '../continuation.ts';
import type { Dialect } from '../Dialect.ts';
import { chatRequest } from './chatRequest.ts';
import type { ChatVariant } from './ChatVariant.ts';
import type { ChatCompletionChunk } from './codec.ts';
import { nextStep } from './nextStep.ts';
import { type ChatCompletionBody, openAiChat } from './openAiChat.ts';

/** What a preset is: `openAiChat` under another name, with requests as another server wants them. */
export type ChatDialect = Dialect<ChatCompletionBody, ChatCompletionChunk>;

/**
 * Makes a dialect for a server that speaks Chat Completions with wishes of its own: another address or key header, fields that
 * it refuses, a name for reasoning that goes back.
 *
 * Answers are read as `openAiChat` reads them, in whatever form.
 *
 * - **Errors:** `InvalidOptionError` thrown at the call, for a variant without a name
 *
 * @example A gateway with a key header of its own, which refuses stream_options
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { chatPreset } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const gatewayChat = chatPreset({
 *   name: 'gateway-chat',
 *   auth: (apiKey) => ({ 'x-gateway-key': apiKey }),
 *   asks: {},
 * });
 * const { fetch, requests } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
 * const body = { model: 'm', messages: [] };
 * const request = { baseUrl: 'http://fake.test/v1', apiKey: 'sk-1', fetch, body };
 *
 * (await lastValueFrom(streamCompletion(gatewayChat, request))).text; // => 'Hi'
 * requests[0]?.headers['x-gateway-key']; // => 'sk-1'
 * requests[0]?.body; // => { model: 'm', messages: [], stream: true }
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export function chatPreset(variant: ChatVariant): ChatDialect {
  const { name, prefill } = variant;
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', 'is missing');
  return {
    ...openAiChat,
    name,
    request: (options) => chatRequest(options, 'streamed', variant),
    continueFrom(options, partial, way) {
      const { body, baseUrl } = options;
      const [first, ...rest] = continuation(partial, way);
      const begun = way === 'prefill' ? prefill : undefined;
      const messages = [...body.messages, { ...first, ...begun?.message }, ...rest];
      return chatRequest(
        { ...options, baseUrl: begun?.baseUrl?.(baseUrl) ?? baseUrl, body: { ...body, ...begun?.body, messages } },
        'streamed',
        variant,
      );
    },
    canPrefill: () => prefill !== undefined && prefill.isEchoed !== true,
    nextStep: nextStep(variant),
    nonStreaming: {
      ...openAiChat.nonStreaming,
      request: (options) => chatRequest(options, 'whole', variant),
    },
  };
}
