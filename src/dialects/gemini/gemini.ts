import type { HttpRequest } from '../../bytes/HttpRequest.ts';
import type { Completion } from '../../completions/Completion.ts';
import type { Delta } from '../../deltas/Delta.ts';
import { continuation } from '../continuation.ts';
import type { Dialect, RequestOptions, ToolSpec } from '../Dialect.ts';
import { errorInFrame } from '../errorInFrame.ts';
import { isDoneMarker } from '../isDoneMarker.ts';
import { isSseHeartbeat } from '../isSseHeartbeat.ts';
import { messageOf } from '../messageOf.ts';
import { quickened } from '../quickened.ts';
import { checkBody, requestOf } from '../requestOf.ts';
import { GenerateContentResponse } from './codec.ts';
import { encodeGemini, encodeGeminiError } from './encodeGemini.ts';
import { encodeResponse } from './encodeResponse.ts';
import { geminiDeltas } from './geminiDeltas.ts';
import { isSurelyResponse } from './isSurelyResponse.ts';
import { modelPath } from './modelPath.ts';
import { nextContents } from './nextContents.ts';
import { withSystem } from './withSystem.ts';

/** The body of a request to Gemini; every field that Google knows may stand in it. */
export interface GeminiBody {
  /** A short name, or a full one such as `tunedModels/mine` or Vertex AI's `publishers/google/models/...`. */
  readonly model: string;
  readonly contents: readonly object[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only `any` lets the official client's types through
  readonly [field: string]: any;
}

/** A body for `withTurns` may have none. */
const contentsOf = ({ contents }: Partial<GeminiBody>): readonly object[] => contents ?? [];

/** The request for an answer, as a stream or whole: the model is named in the address, and so is the form. */
const requestFor = (options: RequestOptions<GeminiBody>, isStreaming: boolean): HttpRequest => {
  checkBody(options.body, ['model', 'contents']);
  const { model, ...json } = options.body;
  return requestOf(options, {
    path: modelPath(model, options.baseUrl, isStreaming ? 'streamGenerateContent' : 'generateContent'),
    ...(isStreaming && { query: 'alt=sse' }),
    accept: isStreaming ? 'text/event-stream' : 'application/json',
    auth: (apiKey) => ({ 'x-goog-api-key': apiKey }),
    json,
  });
};

/** What brings the model to go on, in the words of other providers and then in Google's. */
const continuationOf = (partial: Completion, way: 'prefill' | 'ask'): readonly object[] =>
  (continuation(partial, way) as readonly { readonly role: string; readonly content: string }[]).map(
    ({ role, content }) => ({ role: role === 'assistant' ? 'model' : role, parts: [{ text: content }] }),
  );

const declarationOf = ({ name, description, inputSchema }: ToolSpec): object => ({
  name,
  ...(description !== undefined && { description }),
  parametersJsonSchema: inputSchema,
});

const wholeDeltas = (response: GenerateContentResponse, expectedChoices?: number): readonly Delta[] => {
  const deltas = geminiDeltas(expectedChoices)(response);
  const start: Delta = { type: 'start', id: '', model: '', attempt: 1, step: 0 };
  return [...(deltas.length === 0 ? [start] : deltas), { type: 'end' }];
};

/**
 * Google's Gemini, by `:streamGenerateContent`, at the Gemini API and at Vertex AI.
 *
 * Thoughts with their signatures, calls of functions (also in fragments), code that Google runs, speech, citations and
 * grounding, and every candidate come out in the neutral words. A refused prompt is an answer that ends with
 * `content-filter`. `model` goes into the address, the key into a header.
 *
 * - **Errors:** `request` throws `InvalidOptionError` for a bad `baseUrl`, or a body without `model` or `contents`
 * - **Source:** Gemini API reference, "Generating content"; types of the official client
 *
 * @example An answer in one call
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion } from 'rxllm';
 * import { gemini } from 'rxllm/gemini';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi there' }) }] });
 * const body = { model: 'gemini-2.5-flash', contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
 * const completion$ = streamCompletion(gemini, { baseUrl: 'http://fake.test', fetch, body });
 *
 * (await lastValueFrom(completion$)).text; // => 'Hi there'
 * ```
 *
 * @category dialects
 * @since 0.1.0
 */
export const gemini: Dialect<GeminiBody, GenerateContentResponse> = {
  name: 'gemini',
  framing: 'sse',
  terminal: 'stop-reason',
  request: (options) => requestFor(options, true),
  continueFrom(options, partial, way) {
    const { body } = options;
    return gemini.request({
      ...options,
      body: { ...body, contents: [...body.contents, ...continuationOf(partial, way)] },
    });
  },
  // A model's turn at the end is taken for a finished one as often as not.
  canPrefill: () => false,
  expectedChoices: ({ generationConfig }) =>
    (generationConfig as { readonly candidateCount?: number | null } | null | undefined)?.candidateCount ?? 1,
  withMessage(body, message) {
    const content = messageOf(message, 'parts', (text) => [{ text }]);
    if (message.role === 'system') return withSystem(body, content);
    return { ...body, contents: [...contentsOf(body), content] };
  },
  withTools: (body, tools) =>
    tools.length === 0
      ? body
      : {
          ...body,
          tools: [...((body['tools'] ?? []) as readonly object[]), { functionDeclarations: tools.map(declarationOf) }],
        },
  nextStep: (body, parts, answers) => ({ ...body, contents: [...contentsOf(body), ...nextContents(parts, answers)] }),
  nonStreaming: {
    request: (options) => requestFor(options, false),
    response: GenerateContentResponse,
    deltas: wholeDeltas,
    encode: encodeResponse,
  },
  isHeartbeat: isSseHeartbeat,
  // Google has no marker; some gateways send the one of others.
  ending: (frame) => (isDoneMarker(frame) ? 'drop' : 'none'),
  errorIn: errorInFrame,
  chunk: /* @__PURE__ */ quickened(GenerateContentResponse, isSurelyResponse),
  deltas: geminiDeltas,
  encode: encodeGemini,
  encodeError: encodeGeminiError,
};
