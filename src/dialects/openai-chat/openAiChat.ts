import { ApiError } from '../../errors/ApiError.ts';
import { readApiError } from '../../errors/readApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { continuation } from '../continuation.ts';
import type { Dialect } from '../Dialect.ts';
import { errorInFrame } from '../errorInFrame.ts';
import { isSseHeartbeat } from '../isSseHeartbeat.ts';
import { checkBody, requestOf } from '../requestOf.ts';
import { chatDeltas, isFailing } from './chatDeltas.ts';
import { type ChatChoice, ChatCompletionChunk } from './codec.ts';
import { encodeChat, encodeChatError } from './encodeChat.ts';

/** The body of a chat request; every field that the provider knows may stand in it. */
export interface ChatCompletionBody {
  readonly model: string;
  readonly messages: readonly object[];
  /** How many answers to give. */
  readonly n?: number | null | undefined;
  /** Left out, usage is asked for; given, it is sent as it is. */
  readonly stream_options?: object | null | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` lets the official client's parameter types through
  readonly [field: string]: any;
}

const errorInChunk = (json: unknown): ApiError | undefined => {
  const { choices } = (json ?? {}) as { readonly choices?: unknown };
  if (!Array.isArray(choices)) return undefined;
  const failing = choices.find(
    (choice: unknown) => typeof choice === 'object' && choice !== null && isFailing(choice),
  ) as ChatChoice | undefined;
  if (!failing) return undefined;
  const message = 'the provider ended the answer with finish_reason "error"';
  return readApiError({ error: failing.error }) ?? new ApiError({ message, isRetryable: true });
};

/**
 * OpenAI's Chat Completions, and the many servers that speak it: vLLM, Ollama's `/v1`, LM Studio, OpenRouter,
 * Azure, Groq, Mistral, DeepSeek and others.
 *
 * Reasoning is read under all its names, tool calls with or without ids and indexes, errors in every
 * shape that is sent inside a 200. `stream` and, unless you give `stream_options`, usage are asked for.
 *
 * - **Errors:** `request` throws `InvalidOptionError` for a bad `baseUrl`, or a body without `model` or `messages`
 * - **Source:** OpenAI API reference, "Streaming" under Chat Completions
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi there'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const openAiChat: Dialect<ChatCompletionBody, ChatCompletionChunk> = {
  name: 'openai-chat',
  framing: 'sse',
  terminal: 'stop-reason',
  request(options) {
    checkBody(options.body, ['model', 'messages']);
    const { stream_options = { include_usage: true }, ...body } = options.body;
    return requestOf(options, {
      path: '/chat/completions',
      accept: 'text/event-stream',
      auth: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
      json: { stream_options, ...body, stream: true },
    });
  },
  continueFrom(options, partial, way) {
    const { body } = options;
    return openAiChat.request({
      ...options,
      body: { ...body, messages: [...body.messages, ...continuation(partial, way)] },
    });
  },
  // Only some servers do, and each has a field of its own for it.
  canPrefill: () => false,
  expectedChoices: ({ n }) => n ?? 1,
  isHeartbeat: isSseHeartbeat,
  ending: (frame: Frame) => (frame.kind === 'message' && frame.data.trim() === '[DONE]' ? 'drop' : 'none'),
  errorIn: (json, frame) => errorInFrame(json, frame) ?? errorInChunk(json),
  chunk: ChatCompletionChunk,
  deltas: chatDeltas,
  encode: encodeChat,
  encodeError: encodeChatError,
};
