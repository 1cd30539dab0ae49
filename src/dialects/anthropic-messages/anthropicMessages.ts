import { continuation } from '../continuation.ts';
import type { Dialect, ToolSpec } from '../Dialect.ts';
import { errorInFrame } from '../errorInFrame.ts';
import { isEvent } from '../isEvent.ts';
import { isSseHeartbeat } from '../isSseHeartbeat.ts';
import { messageOf } from '../messageOf.ts';
import { quickened } from '../quickened.ts';
import { MessageStreamEvent, WholeMessage } from './codec.ts';
import { encodeMessages, encodeMessagesError } from './encodeMessages.ts';
import { encodeResponse } from './encodeResponse.ts';
import { isSurelyEvent } from './isSurelyEvent.ts';
import { messagesDeltas } from './messagesDeltas.ts';
import { messagesRequest } from './messagesRequest.ts';
import { nextMessages } from './nextMessages.ts';
import { pieceOfMessages } from './pieceOfMessages.ts';
import { responseDeltas } from './responseDeltas.ts';
import { systemWith } from './systemWith.ts';

/** The body of a messages request; every field that the provider knows may stand in it. */
export interface MessagesBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly object[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` lets the official client's parameter types through
  readonly [field: string]: any;
}

/** A body for `withTurns` may have none. */
const messagesOf = ({ messages }: Partial<MessagesBody>): readonly object[] => messages ?? [];

const isPing = /* @__PURE__ */ isEvent('ping');
const isStop = /* @__PURE__ */ isEvent('message_stop');

const toolOf = ({ name, description, inputSchema, strict }: ToolSpec): object => ({
  name,
  ...(description !== undefined && { description }),
  input_schema: inputSchema,
  ...(strict !== undefined && { strict }),
});

/**
 * Anthropic's Messages, and the servers that speak it.
 *
 * Thinking with its signature, client and server tools, citations and cumulative usage come out in the
 * neutral words; events are told by `type` in their data, since proxies drop `event:` lines.
 *
 * - **Errors:** `request` throws `InvalidOptionError` for a bad `baseUrl`, or a body without `model`, `max_tokens`
 *   or `messages`
 * - **Source:** Anthropic API reference, "Streaming Messages"; API version 2023-06-01
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'm', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };
 * const completion$ = streamCompletion(anthropicMessages, { baseUrl: 'http://fake.test', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi there'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const anthropicMessages: Dialect<MessagesBody, MessageStreamEvent> = {
  name: 'anthropic-messages',
  framing: 'sse',
  terminal: 'stop-reason',
  request: (options) => messagesRequest(options, 'streamed'),
  continueFrom(options, partial, way) {
    const { body } = options;
    return anthropicMessages.request({
      ...options,
      body: { ...body, messages: [...body.messages, ...continuation(partial, way)] },
    });
  },
  // Not while the model is to think first; models that refuse it altogether are then asked in words.
  canPrefill: ({ thinking }) =>
    (thinking as { type?: string } | undefined)?.type === undefined ||
    (thinking as { type?: string }).type === 'disabled',
  expectedChoices: () => 1,
  withMessage(body, message) {
    const said = messageOf(message);
    return message.role === 'user'
      ? { ...body, messages: [...messagesOf(body), said] }
      : { ...body, system: systemWith(body['system'], (said as { readonly content: unknown }).content) };
  },
  withTools: (body, tools) => ({
    ...body,
    tools: [...((body['tools'] ?? []) as readonly object[]), ...tools.map(toolOf)],
  }),
  nextStep(body, parts, answers) {
    const before = messagesOf(body);
    return { ...body, messages: [...before, ...nextMessages(parts, answers, before.length)] };
  },
  nonStreaming: {
    request: (options) => messagesRequest(options, 'whole'),
    response: WholeMessage,
    deltas: responseDeltas,
    encode: encodeResponse,
  },
  isHeartbeat: (frame) => isSseHeartbeat(frame) || isPing(frame),
  ending: (frame) => (isStop(frame) ? 'drop' : 'none'),
  errorIn: errorInFrame,
  chunk: /* @__PURE__ */ quickened(MessageStreamEvent, isSurelyEvent),
  deltas: messagesDeltas,
  pieceOf: pieceOfMessages,
  encode: encodeMessages,
  encodeError: encodeMessagesError,
};
