import type { Frame } from '../../frames/Frame.ts';
import { continuation } from '../continuation.ts';
import type { Dialect, ToolSpec } from '../Dialect.ts';
import { messagesWith } from '../messagesWith.ts';
import { OllamaChatChunk, OllamaChatResponse } from './codec.ts';
import { encodeOllama, encodeOllamaError } from './encodeOllama.ts';
import { encodeResponse } from './encodeResponse.ts';
import { errorInLine } from './errorInLine.ts';
import { nextMessages } from './nextMessages.ts';
import { ollamaDeltas } from './ollamaDeltas.ts';
import { ollamaMessage } from './ollamaMessage.ts';
import { ollamaRequest } from './ollamaRequest.ts';

/** The body of a chat request; every field that the server knows may stand in it. */
export interface OllamaChatBody {
  readonly model: string;
  readonly messages: readonly object[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` lets the official client's parameter types through
  readonly [field: string]: any;
}

/** Whether a line is the last. Nearly all say `"done":false`, and those are not parsed twice. */
const isDone = (frame: Frame): boolean => {
  if (frame.kind !== 'message' || !/"done"\s*:\s*true/.test(frame.data)) return false;
  try {
    return (JSON.parse(frame.data) as { done?: unknown } | null)?.done === true;
  } catch {
    return false;
  }
};

const toolOf = ({ name, description, inputSchema }: ToolSpec): object => ({
  type: 'function',
  function: { name, ...(description !== undefined && { description }), parameters: inputSchema },
});

/**
 * Ollama's own API, `/api/chat`, local or in its cloud: lines of JSON instead of an event stream.
 *
 * Thinking, tool calls (which come whole), images, log probabilities and counts come out in the neutral words; the lines of
 * `/api/generate` are read as well. How long loading and generating took is in `details` of `finish` and in `usage.raw`,
 * in nanoseconds. Answers have no id, tool calls only in newer versions.
 *
 * - **Errors:** `request` throws `InvalidOptionError` for a bad `baseUrl`, or a body without `model` or `messages`. An
 *   error in the stream has no code; it counts as retryable unless its words speak of what no waiting mends
 * - **Source:** Ollama API reference, "Generate a chat message" and "Errors"; types of the official client 0.6
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { ollama } from 'rxllm/ollama';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(ollama, { baseUrl: 'http://127.0.0.1:11434', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi there'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const ollama: Dialect<OllamaChatBody, OllamaChatChunk> = {
  name: 'ollama',
  framing: 'ndjson',
  terminal: 'stop-reason',
  request: (options) => ollamaRequest(options, 'streamed'),
  continueFrom(options, partial, way) {
    const { body } = options;
    return ollama.request({
      ...options,
      body: { ...body, messages: [...body.messages, ...continuation(partial, way)] },
    });
  },
  // Many models go on with a last message of their own, but that is up to the template. One that does not is no error:
  // it takes the answer for finished, and what is left of it would be lost without a word.
  canPrefill: () => false,
  expectedChoices: () => 1,
  withMessage: (body, message) => ({
    ...body,
    messages: messagesWith(body.messages, ollamaMessage(message), message.role),
  }),
  withTools: (body, tools) => ({
    ...body,
    tools: [...((body['tools'] ?? []) as readonly object[]), ...tools.map(toolOf)],
  }),
  nextStep: (body, parts, answers) => ({
    ...body,
    // A body for `withTurns` may have none.
    messages: [...((body.messages as OllamaChatBody['messages'] | undefined) ?? []), ...nextMessages(parts, answers)],
  }),
  nonStreaming: {
    request: (options) => ollamaRequest(options, 'whole'),
    response: OllamaChatResponse,
    deltas: (response: OllamaChatChunk) => [...ollamaDeltas()(response), { type: 'end' }],
    encode: encodeResponse,
  },
  isHeartbeat: (frame) => frame.kind === 'heartbeat' || (frame.kind === 'message' && frame.data.trim() === ''),
  ending: (frame) => (isDone(frame) ? 'keep' : 'none'),
  errorIn: errorInLine,
  chunk: OllamaChatChunk,
  deltas: ollamaDeltas,
  encode: encodeOllama,
  encodeError: encodeOllamaError,
};
