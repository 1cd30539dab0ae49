import * as t from 'io-ts';

import { nullable } from '../codec.ts';

const FunctionFragment = t.partial({ name: nullable(t.string), arguments: nullable(t.string) });

const ToolCallFragment = t.partial({
  index: nullable(t.number),
  id: nullable(t.string),
  type: nullable(t.string),
  function: nullable(FunctionFragment),
  custom: nullable(t.partial({ name: nullable(t.string), input: nullable(t.string) })),
  extra_content: t.unknown,
});

/** Mistral sends content as a list of items, reasoning among them. */
const ContentItem = t.partial({
  type: t.string,
  text: nullable(t.string),
  thinking: nullable(t.array(t.partial({ type: t.string, text: nullable(t.string) }))),
});

const ReasoningDetail = t.partial({
  type: t.string,
  text: nullable(t.string),
  summary: nullable(t.string),
  data: nullable(t.string),
  signature: nullable(t.string),
});

const Audio = t.partial({
  id: nullable(t.string),
  data: nullable(t.string),
  transcript: nullable(t.string),
  expires_at: nullable(t.number),
});

const ChoiceDelta = t.partial({
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
});

const Alternative = t.intersection([
  t.type({ token: t.string, logprob: t.number }),
  t.partial({ bytes: nullable(t.array(t.number)) }),
]);
const TokenLogprob = t.intersection([Alternative, t.partial({ top_logprobs: nullable(t.array(Alternative)) })]);

const Choice = t.partial({
  index: nullable(t.number),
  delta: nullable(ChoiceDelta),
  finish_reason: nullable(t.string),
  logprobs: nullable(t.partial({ content: nullable(t.array(TokenLogprob)), refusal: nullable(t.array(TokenLogprob)) })),
  error: t.unknown,
});

const Usage = t.partial({
  prompt_tokens: nullable(t.number),
  completion_tokens: nullable(t.number),
  total_tokens: nullable(t.number),
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
});

/**
 * A `chat.completion.chunk`, with what compatible servers leave out or add. Only what the mapper
 * reads has a shape; every other field passes through.
 */
export const ChatCompletionChunk = t.partial({
  id: nullable(t.string),
  object: nullable(t.string),
  model: nullable(t.string),
  choices: nullable(t.array(Choice)),
  usage: nullable(Usage),
  service_tier: nullable(t.string),
  citations: nullable(t.array(t.unknown)),
  x_groq: nullable(t.partial({ usage: nullable(Usage) })),
  error: t.unknown,
});

export type ChatCompletionChunk = t.TypeOf<typeof ChatCompletionChunk>;
export type ChatChoice = t.TypeOf<typeof Choice>;
export type ChatChoiceDelta = t.TypeOf<typeof ChoiceDelta>;
export type ChatUsage = t.TypeOf<typeof Usage>;
export type ChatToolCallFragment = t.TypeOf<typeof ToolCallFragment>;
export type ChatTokenLogprob = t.TypeOf<typeof TokenLogprob>;
export type ChatAudio = t.TypeOf<typeof Audio>;
export type ChatReasoningDetail = t.TypeOf<typeof ReasoningDetail>;
export type ChatContentItem = t.TypeOf<typeof ContentItem>;
