import * as t from 'io-ts';

import { nullable, TokenLogprob } from '../codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

/** Arguments are an object, whole at once; servers that pass them on as text are read, too. */
const ToolCall = /* @__PURE__ */ (() =>
  t.partial({
    id: nullable(t.string),
    function: nullable(t.partial({ name: nullable(t.string), arguments: t.unknown })),
  }))();

const Message = /* @__PURE__ */ (() =>
  t.partial({
    role: nullable(t.string),
    content: nullable(t.string),
    thinking: nullable(t.string),
    images: nullable(t.array(t.unknown)),
    tool_calls: nullable(t.array(ToolCall)),
  }))();

/** Counts of tokens, and durations in nanoseconds. */
const Metrics = /* @__PURE__ */ (() =>
  t.partial({
    total_duration: nullable(t.number),
    load_duration: nullable(t.number),
    prompt_eval_count: nullable(t.number),
    prompt_eval_duration: nullable(t.number),
    eval_count: nullable(t.number),
    eval_duration: nullable(t.number),
  }))();

/**
 * A line of `/api/chat`, or of `/api/generate`, which has the fields of a message beside the others. Only what the
 * mapper reads has a shape; every other field passes through.
 */
export const OllamaChatChunk = /* @__PURE__ */ (() =>
  t.intersection([
    t.partial({
      model: nullable(t.string),
      message: nullable(Message),
      response: nullable(t.string),
      thinking: nullable(t.string),
      tool_calls: nullable(t.array(ToolCall)),
      image: nullable(t.string),
      done: nullable(t.boolean),
      done_reason: nullable(t.string),
      logprobs: nullable(t.array(TokenLogprob)),
      error: t.unknown,
    }),
    Metrics,
  ]))();

/** The body of a response that is not streamed: the same, and always the end. */
export const OllamaChatResponse = /* @__PURE__ */ (() =>
  t.intersection([t.type({ done: t.literal(true) }), OllamaChatChunk]))();

export type OllamaChatChunk = t.TypeOf<typeof OllamaChatChunk>;
export type OllamaMessage = t.TypeOf<typeof Message>;
export type OllamaToolCall = t.TypeOf<typeof ToolCall>;
export type OllamaLogprob = t.TypeOf<typeof TokenLogprob>;
export type OllamaMetrics = t.TypeOf<typeof Metrics>;
