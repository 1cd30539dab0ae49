import type { HttpRequest } from '../../bytes/HttpRequest.ts';
import type { Delta } from '../../deltas/Delta.ts';
import { InvalidOptionError } from '../../errors/InvalidOptionError.ts';
import { continuation } from '../continuation.ts';
import type { Dialect, RequestOptions, ToolSpec } from '../Dialect.ts';
import { errorInFrame } from '../errorInFrame.ts';
import { isDoneMarker } from '../isDoneMarker.ts';
import { isEvent } from '../isEvent.ts';
import { isSseHeartbeat } from '../isSseHeartbeat.ts';
import { messageOf } from '../messageOf.ts';
import { messagesWith } from '../messagesWith.ts';
import { checkBody, requestOf } from '../requestOf.ts';
import { type ResponseObject, ResponseStreamEvent, WholeResponse } from './codec.ts';
import { encodeResponses } from './encodeResponses.ts';
import { encodeResponsesError } from './encodeResponsesError.ts';
import { errorInResponse } from './errorInResponse.ts';
import { nextInput } from './nextInput.ts';
import { responseOf } from './responseOf.ts';
import { responsesCursor } from './responsesCursor.ts';
import { responsesDeltas } from './responsesDeltas.ts';

/** The body of a request for a response; every field that the provider knows may stand in it. */
export interface ResponsesBody {
  /** May be left out only where `prompt` names a template that has one. */
  readonly model?: string | undefined;
  /** Words of the user, or a list of items; may be left out where `prompt` or `conversation` has it. */
  readonly input?: string | readonly object[] | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` lets the official client's parameter types through
  readonly [field: string]: any;
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const requestFor = (options: RequestOptions<ResponsesBody>, stream: boolean): HttpRequest => {
  const { body } = options;
  checkBody(body, []);
  if (!isGiven(body['prompt'])) {
    checkBody(
      body,
      isGiven(body['conversation']) || isGiven(body['previous_response_id']) ? ['model'] : ['model', 'input'],
    );
  }
  if (Array.isArray(body.input) || typeof body.input === 'string' || !isGiven(body.input)) {
    return requestOf(options, {
      path: '/responses',
      accept: stream ? 'text/event-stream' : 'application/json',
      auth: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
      json: { ...body, stream },
    });
  }
  throw new InvalidOptionError('body.input', 'must be text or a list of items');
};

const itemsOf = (input: ResponsesBody['input']): readonly object[] => {
  if (!isGiven(input)) return [];
  return typeof input === 'string' ? [{ role: 'user', content: input }] : (input as readonly object[]);
};

const toolOf = ({ name, description, inputSchema, strict }: ToolSpec): object => ({
  type: 'function',
  name,
  ...(description !== undefined && { description }),
  parameters: inputSchema,
  // Left out, it would be true, and schemas that are not made for that be refused.
  strict: strict ?? false,
});

const isLast = /* @__PURE__ */ isEvent(
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
);
const isKeepalive = /* @__PURE__ */ isEvent('keepalive');

/** The event that a response of each status ends in; servers that leave it out send whole ones. */
const lastEventOf = ({ status }: ResponseObject): 'response.completed' | 'response.incomplete' | undefined => {
  if (status === 'incomplete') return 'response.incomplete';
  return status === 'completed' || !isGiven(status) ? 'response.completed' : undefined;
};

const wholeDeltas = (response: ResponseObject): readonly Delta[] => {
  const map = responsesDeltas();
  const type = lastEventOf(response);
  const start = map({ type: 'response.created', response });
  return type === undefined ? start : [...start, ...map({ type, response }), { type: 'end' }];
};

/**
 * OpenAI's Responses, and the servers that speak it: Azure, llama.cpp, LM Studio, Ollama, OpenRouter and others.
 *
 * Text, refusals, reasoning or its summary, calls of functions and of the provider's own tools come out in the
 * neutral words; reasoning and calls carry the item that they came as, which goes back with the next step of a round of
 * tool calls. Events that leave out where they belong, or that come only whole, are read too.
 *
 * - **Errors:** `request` throws `InvalidOptionError` for a bad `baseUrl`, or a body without `model` or `input` that has no
 *   `prompt`, `conversation` or `previous_response_id` in their place
 * - **Source:** OpenAI API reference, "Streaming events" under Responses
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { openAiResponses } from 'rxllm/openai-responses';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'm', input: 'Hi' };
 * const completion$ = streamCompletion(openAiResponses, { baseUrl: 'http://fake.test/v1', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi there'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const openAiResponses: Dialect<ResponsesBody, ResponseStreamEvent> = {
  name: 'openai-responses',
  framing: 'sse',
  terminal: 'stop-reason',
  request: (options) => requestFor(options, true),
  continueFrom(options, partial, way) {
    const { body } = options;
    return requestFor(
      { ...options, body: { ...body, input: [...itemsOf(body.input), ...continuation(partial, way)] } },
      true,
    );
  },
  canPrefill: () => false,
  expectedChoices: () => 1,
  withMessage(body, message) {
    const { role, content } = message;
    if (role === 'user' || typeof content !== 'string') {
      return { ...body, input: messagesWith(itemsOf(body.input), messageOf(message), role) };
    }
    const { instructions } = body;
    return { ...body, instructions: isGiven(instructions) ? `${String(instructions)}\n\n${content}` : content };
  },
  withTools: (body, tools) => ({
    ...body,
    tools: [...((body['tools'] ?? []) as readonly object[]), ...tools.map(toolOf)],
  }),
  nextStep(body, parts, answers, isCut = false) {
    const isInConversation = isGiven(body['conversation']);
    const before = isInConversation ? [] : itemsOf(body.input);
    const isStored = body['store'] !== false && !isCut;
    const next = nextInput(parts, answers, { place: before.length, isStored, isInConversation, isCut });
    return { ...body, input: [...before, ...next] };
  },
  nonStreaming: {
    request: (options) => requestFor(options, false),
    response: WholeResponse,
    deltas: wholeDeltas,
    encode: responseOf,
  },
  cursor: responsesCursor,
  isHeartbeat: (frame) => isSseHeartbeat(frame) || isKeepalive(frame),
  ending(frame) {
    if (isDoneMarker(frame)) return 'drop';
    return isLast(frame) ? 'keep' : 'none';
  },
  errorIn: (json, frame) => errorInFrame(json, frame) ?? errorInResponse(json),
  chunk: ResponseStreamEvent,
  deltas: responsesDeltas,
  encode: encodeResponses,
  encodeError: encodeResponsesError,
};
