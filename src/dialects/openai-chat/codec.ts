import * as t from 'io-ts';

import { nullable, TokenLogprob } from '../codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

const FunctionFragment = /* @__PURE__ */ (() =>
  t.partial({ name: nullable(t.string), arguments: nullable(t.string) }))();

const ToolCallFragment = /* @__PURE__ */ (() =>
  t.partial({
    index: nullable(t.number),
    id: nullable(t.string),
    type: nullable(t.string),
    function: nullable(FunctionFragment),
    custom: nullable(t.partial({ name: nullable(t.string), input: nullable(t.string) })),
    extra_content: t.unknown,
  }))();

/** Mistral sends content as a list of items, reasoning among them. */
const ContentItem = /* @__PURE__ */ (() =>
  t.partial({
    type: t.string,
    text: nullable(t.string),
    thinking: nullable(t.array(t.partial({ type: t.string, text: nullable(t.string) }))),
  }))();

const ReasoningDetail = /* @__PURE__ */ (() =>
  t.partial({
    type: t.string,
    text: nullable(t.string),
    summary: nullable(t.string),
    data: nullable(t.string),
    signature: nullable(t.string),
    index: t.unknown,
  }))();

const Audio = /* @__PURE__ */ (() =>
  t.partial({
    id: nullable(t.string),
    data: nullable(t.string),
    transcript: nullable(t.string),
    expires_at: nullable(t.number),
  }))();

const ChoiceDelta = /* @__PURE__ */ (() =>
  t.partial({
    role: nullable(t.string),
    content: nullable(t.union([t.string, t.array(ContentItem)])),
    reasoning_content: nullable(t.string),
    reasoning: nullable(t.string),
    reasoning_details: nullable(t.array(ReasoningDetail)),
    refusal: nullable(t.string),
    tool_calls: nullable(t.array(ToolCallFragment)),
    function_call: nullable(FunctionFragment),
    audio: nullable(Audio),
    annotations: nullable(t.array(t.unknown)),
  }))();

/** The shape that the mapper asks for: no text is lost for what merely accompanies it. */
export const ChatLogprobs = /* @__PURE__ */ (() =>
  t.partial({
    content: nullable(t.array(TokenLogprob)),
    refusal: nullable(t.array(TokenLogprob)),
  }))();

const choiceFields = /* @__PURE__ */ (() => ({
  index: nullable(t.number),
  finish_reason: nullable(t.string),
  logprobs: t.unknown,
  error: t.unknown,
}))();

const Choice = /* @__PURE__ */ (() => t.partial({ ...choiceFields, delta: nullable(ChoiceDelta) }))();

/** A message has the fields of a delta, each of them whole. */
const WholeChoice = /* @__PURE__ */ (() => t.partial({ ...choiceFields, message: nullable(ChoiceDelta) }))();

/** The shape that the mapper asks for, as that of `ChatLogprobs`. */
export const ChatUsage = /* @__PURE__ */ (() =>
  t.partial({
    prompt_tokens: nullable(t.number),
    completion_tokens: nullable(t.number),
    total_tokens: nullable(t.number),
    prompt_cache_hit_tokens: nullable(t.number),
    prompt_tokens_details: nullable(
      t.partial({
        cached_tokens: nullable(t.number),
        cache_write_tokens: nullable(t.number),
        audio_tokens: nullable(t.number),
      }),
    ),
    completion_tokens_details: nullable(
      t.partial({ reasoning_tokens: nullable(t.number), audio_tokens: nullable(t.number) }),
    ),
  }))();

const answerFields = /* @__PURE__ */ (() => ({
  id: nullable(t.string),
  object: nullable(t.string),
  model: nullable(t.string),
  usage: t.unknown,
  service_tier: nullable(t.string),
  citations: nullable(t.array(t.unknown)),
  x_groq: t.unknown,
  error: t.unknown,
}))();

/**
 * A `chat.completion.chunk`, with what compatible servers leave out or add. Only what the mapper
 * reads has a shape; every other field passes through.
 */
export const ChatCompletionChunk = /* @__PURE__ */ (() =>
  t.partial({ ...answerFields, choices: nullable(t.array(Choice)) }))();

/** A `chat.completion`: the whole answer in one object, with as much freedom as a chunk. */
export const ChatCompletion = /* @__PURE__ */ (() =>
  t.intersection([t.type({ choices: t.array(WholeChoice) }), t.partial(answerFields)]))();

export type ChatCompletionChunk = t.TypeOf<typeof ChatCompletionChunk>;
export type ChatCompletion = t.TypeOf<typeof ChatCompletion>;
export type ChatChoice = t.TypeOf<typeof Choice>;
export type ChatChoiceDelta = t.TypeOf<typeof ChoiceDelta>;
export type ChatUsage = t.TypeOf<typeof ChatUsage>;
export type ChatToolCallFragment = t.TypeOf<typeof ToolCallFragment>;
export type ChatTokenLogprob = t.TypeOf<typeof TokenLogprob>;
export type ChatAudio = t.TypeOf<typeof Audio>;
export type ChatReasoningDetail = t.TypeOf<typeof ReasoningDetail>;
export type ChatContentItem = t.TypeOf<typeof ContentItem>;
