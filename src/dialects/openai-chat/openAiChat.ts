import { continuation } from '../continuation.ts';
import type { Dialect, ToolSpec } from '../Dialect.ts';
import { isDoneMarker } from '../isDoneMarker.ts';
import { isSseHeartbeat } from '../isSseHeartbeat.ts';
import { messageOf } from '../messageOf.ts';
import { messagesWith } from '../messagesWith.ts';
import { quickened } from '../quickened.ts';
import { chatDeltas } from './chatDeltas.ts';
import { chatRequest } from './chatRequest.ts';
import { ChatCompletion, ChatCompletionChunk } from './codec.ts';
import { encodeChat, encodeChatError } from './encodeChat.ts';
import { encodeResponse } from './encodeResponse.ts';
import { errorInChat } from './errorInChat.ts';
import { isSurelyChunk } from './isSurelyChunk.ts';
import { nextStep } from './nextStep.ts';
import { pieceOfChat } from './pieceOfChat.ts';
import { responseDeltas } from './responseDeltas.ts';

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

const toolOf = ({ name, description, inputSchema, strict }: ToolSpec): object => ({
  type: 'function',
  function: {
    name,
    ...(description !== undefined && { description }),
    parameters: inputSchema,
    ...(strict !== undefined && { strict }),
  },
});

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
  request: (options) => chatRequest(options, 'streamed'),
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
  withMessage: (body, message) => ({
    ...body,
    messages: messagesWith(body.messages, messageOf(message), message.role),
  }),
  withTools: (body, tools) => ({
    ...body,
    tools: [...((body['tools'] ?? []) as readonly object[]), ...tools.map(toolOf)],
  }),
  nextStep: /* @__PURE__ */ nextStep(),
  nonStreaming: {
    request: (options) => chatRequest(options, 'whole'),
    response: ChatCompletion,
    deltas: responseDeltas,
    encode: encodeResponse,
  },
  isHeartbeat: isSseHeartbeat,
  ending: (frame) => (isDoneMarker(frame) ? 'drop' : 'none'),
  errorIn: errorInChat,
  chunk: /* @__PURE__ */ quickened(ChatCompletionChunk, isSurelyChunk),
  deltas: () => chatDeltas(),
  pieceOf: pieceOfChat,
  encode: encodeChat,
  encodeError: encodeChatError,
};
