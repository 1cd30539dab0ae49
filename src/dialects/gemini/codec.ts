import * as t from 'io-ts';

import { nullable } from '../codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

/** A piece of the arguments of a call that is still being written. */
const PartialArg = /* @__PURE__ */ (() =>
  t.partial({
    jsonPath: nullable(t.string),
    stringValue: nullable(t.string),
    numberValue: nullable(t.number),
    boolValue: nullable(t.boolean),
    nullValue: t.unknown,
    willContinue: nullable(t.boolean),
  }))();

const FunctionCall = /* @__PURE__ */ (() =>
  t.partial({
    id: nullable(t.string),
    name: nullable(t.string),
    args: t.unknown,
    partialArgs: nullable(t.array(PartialArg)),
    willContinue: nullable(t.boolean),
  }))();

const Part = /* @__PURE__ */ (() =>
  t.partial({
    text: nullable(t.string),
    thought: nullable(t.boolean),
    thoughtSignature: nullable(t.string),
    functionCall: nullable(FunctionCall),
    executableCode: nullable(
      t.partial({ id: nullable(t.string), language: nullable(t.string), code: nullable(t.string) }),
    ),
    codeExecutionResult: t.unknown,
    toolCall: nullable(t.partial({ id: nullable(t.string), toolType: nullable(t.string), args: t.unknown })),
    toolResponse: t.unknown,
    inlineData: nullable(t.partial({ mimeType: nullable(t.string), data: nullable(t.string) })),
    audioTranscription: nullable(t.partial({ text: nullable(t.string) })),
  }))();

const Alternative = /* @__PURE__ */ (() =>
  t.partial({ token: nullable(t.string), logProbability: nullable(t.number) }))();
const LogprobsResult = /* @__PURE__ */ (() =>
  t.partial({
    chosenCandidates: nullable(t.array(Alternative)),
    topCandidates: nullable(t.array(t.partial({ candidates: nullable(t.array(Alternative)) }))),
  }))();

const Candidate = /* @__PURE__ */ (() =>
  t.partial({
    index: nullable(t.number),
    content: nullable(t.partial({ parts: nullable(t.array(Part)) })),
    finishReason: nullable(t.string),
    finishMessage: nullable(t.string),
    safetyRatings: t.unknown,
    // The Gemini API has the one name, Vertex AI the other.
    citationMetadata: nullable(
      t.partial({ citations: nullable(t.array(t.unknown)), citationSources: nullable(t.array(t.unknown)) }),
    ),
    groundingMetadata: nullable(t.partial({ groundingChunks: nullable(t.array(t.unknown)) })),
    logprobsResult: nullable(LogprobsResult),
  }))();

const ModalityCounts = /* @__PURE__ */ (() =>
  nullable(t.array(t.partial({ modality: nullable(t.string), tokenCount: nullable(t.number) }))))();

export const GeminiUsage = /* @__PURE__ */ (() =>
  t.partial({
    promptTokenCount: nullable(t.number),
    candidatesTokenCount: nullable(t.number),
    thoughtsTokenCount: nullable(t.number),
    toolUsePromptTokenCount: nullable(t.number),
    cachedContentTokenCount: nullable(t.number),
    totalTokenCount: nullable(t.number),
    promptTokensDetails: ModalityCounts,
    toolUsePromptTokensDetails: ModalityCounts,
    candidatesTokensDetails: ModalityCounts,
  }))();

/**
 * A `GenerateContentResponse`: a chunk of a stream, or a whole answer. Only what the mapper reads has a shape; every
 * other field passes through.
 */
export const GenerateContentResponse = /* @__PURE__ */ (() =>
  t.partial({
    candidates: nullable(t.array(Candidate)),
    promptFeedback: nullable(t.partial({ blockReason: nullable(t.string) })),
    usageMetadata: nullable(GeminiUsage),
    modelVersion: nullable(t.string),
    responseId: nullable(t.string),
    error: t.unknown,
  }))();

export type GenerateContentResponse = t.TypeOf<typeof GenerateContentResponse>;
export type GeminiCandidate = t.TypeOf<typeof Candidate>;
export type GeminiPart = t.TypeOf<typeof Part>;
export type GeminiFunctionCall = t.TypeOf<typeof FunctionCall>;
export type GeminiPartialArg = t.TypeOf<typeof PartialArg>;
export type GeminiLogprobs = t.TypeOf<typeof LogprobsResult>;
export type GeminiUsage = t.TypeOf<typeof GeminiUsage>;
