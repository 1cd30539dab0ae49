import * as t from 'io-ts';

import { nullable, openUnion } from '../codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

/** An object of a type, whose other fields may be missing or null. */
const tagged = <Type extends string, Fields extends t.Props>(type: Type, fields: Fields) =>
  t.intersection([t.type({ type: t.literal(type) }), t.partial(fields)]);

const text = /* @__PURE__ */ (() => nullable(t.string))();

const Alternative = /* @__PURE__ */ (() =>
  t.partial({ token: text, logprob: nullable(t.number), bytes: nullable(t.array(t.number)) }))();
const TokenLogprob = /* @__PURE__ */ (() =>
  t.intersection([Alternative, t.partial({ top_logprobs: nullable(t.array(Alternative)) })]))();
const logprobs = /* @__PURE__ */ (() => nullable(t.array(TokenLogprob)))();

const Content = /* @__PURE__ */ (() =>
  openUnion('Content', {
    output_text: tagged('output_text', { text, annotations: nullable(t.array(t.unknown)), logprobs }),
    refusal: tagged('refusal', { refusal: text }),
    reasoning_text: tagged('reasoning_text', { text }),
  }))();

const Summary = /* @__PURE__ */ (() => t.partial({ text }))();

const Item = /* @__PURE__ */ (() =>
  openUnion('Item', {
    message: tagged('message', { id: text, content: nullable(t.array(Content)) }),
    reasoning: tagged('reasoning', {
      id: text,
      summary: nullable(t.array(Summary)),
      content: nullable(t.array(Summary)),
    }),
    function_call: tagged('function_call', { id: text, call_id: text, name: text, arguments: text }),
    custom_tool_call: tagged('custom_tool_call', { id: text, call_id: text, name: text, input: text }),
    mcp_call: tagged('mcp_call', { id: text, name: text, arguments: text }),
    code_interpreter_call: tagged('code_interpreter_call', { id: text, code: text }),
  }))();

const Usage = /* @__PURE__ */ (() =>
  t.partial({
    input_tokens: nullable(t.number),
    input_tokens_details: nullable(
      t.partial({ cached_tokens: nullable(t.number), cache_write_tokens: nullable(t.number) }),
    ),
    output_tokens: nullable(t.number),
    output_tokens_details: nullable(t.partial({ reasoning_tokens: nullable(t.number) })),
    total_tokens: nullable(t.number),
  }))();

/** A whole response, or as much of one as an event tells; only what is read has a shape. */
export const ResponseObject = /* @__PURE__ */ (() =>
  t.partial({
    id: text,
    model: text,
    status: text,
    output: nullable(t.array(Item)),
    incomplete_details: nullable(t.partial({ reason: text })),
    usage: nullable(Usage),
  }))();

/** A response that is no event of a stream: without its output it is none. */
export const WholeResponse = /* @__PURE__ */ (() =>
  t.intersection([ResponseObject, t.type({ output: t.array(Item) })]))();

/** Which item an event is about, and what in it: some servers give the index only, others only the id. */
const place = /* @__PURE__ */ (() => ({
  output_index: nullable(t.number),
  item_id: text,
  content_index: nullable(t.number),
  summary_index: nullable(t.number),
}))();

const ofResponse = <Type extends string>(type: Type) => tagged(type, { response: nullable(ResponseObject) });
const ofItem = <Type extends string>(type: Type) => tagged(type, { ...place, item: nullable(Item) });
const ofContent = <Type extends string>(type: Type) => tagged(type, { ...place, part: nullable(Content) });
const ofSummary = <Type extends string>(type: Type) => tagged(type, { ...place, part: nullable(Summary) });
const piece = <Type extends string>(type: Type) => tagged(type, { ...place, delta: text });

/**
 * An event of a streamed response. Only what the mapper reads has a shape; other fields, events, items and
 * contents pass through.
 */
export const ResponseStreamEvent = /* @__PURE__ */ (() =>
  openUnion('ResponseStreamEvent', {
    'response.created': ofResponse('response.created'),
    'response.in_progress': ofResponse('response.in_progress'),
    'response.completed': ofResponse('response.completed'),
    'response.incomplete': ofResponse('response.incomplete'),
    'response.failed': ofResponse('response.failed'),
    'response.cancelled': ofResponse('response.cancelled'),
    'response.output_item.added': ofItem('response.output_item.added'),
    'response.output_item.done': ofItem('response.output_item.done'),
    'response.content_part.added': ofContent('response.content_part.added'),
    'response.content_part.done': ofContent('response.content_part.done'),
    'response.output_text.delta': tagged('response.output_text.delta', { ...place, delta: text, logprobs }),
    'response.output_text.done': tagged('response.output_text.done', { ...place, text, logprobs }),
    'response.output_text.annotation.added': tagged('response.output_text.annotation.added', {
      ...place,
      annotation: t.unknown,
    }),
    'response.refusal.delta': piece('response.refusal.delta'),
    'response.refusal.done': tagged('response.refusal.done', { ...place, refusal: text }),
    'response.reasoning_text.delta': piece('response.reasoning_text.delta'),
    'response.reasoning_text.done': tagged('response.reasoning_text.done', { ...place, text }),
    'response.reasoning_summary_part.added': ofSummary('response.reasoning_summary_part.added'),
    'response.reasoning_summary_part.done': ofSummary('response.reasoning_summary_part.done'),
    'response.reasoning_summary_text.delta': piece('response.reasoning_summary_text.delta'),
    'response.reasoning_summary_text.done': tagged('response.reasoning_summary_text.done', { ...place, text }),
    'response.function_call_arguments.delta': piece('response.function_call_arguments.delta'),
    'response.function_call_arguments.done': tagged('response.function_call_arguments.done', {
      ...place,
      arguments: text,
    }),
    'response.custom_tool_call_input.delta': piece('response.custom_tool_call_input.delta'),
    'response.custom_tool_call_input.done': tagged('response.custom_tool_call_input.done', { ...place, input: text }),
    'response.mcp_call_arguments.delta': piece('response.mcp_call_arguments.delta'),
    'response.mcp_call_arguments.done': tagged('response.mcp_call_arguments.done', { ...place, arguments: text }),
    'response.code_interpreter_call_code.delta': piece('response.code_interpreter_call_code.delta'),
    'response.code_interpreter_call_code.done': tagged('response.code_interpreter_call_code.done', {
      ...place,
      code: text,
    }),
    'response.audio.delta': piece('response.audio.delta'),
    'response.audio.done': tagged('response.audio.done', {}),
    'response.audio.transcript.delta': piece('response.audio.transcript.delta'),
    'response.audio.transcript.done': tagged('response.audio.transcript.done', {}),
    error: tagged('error', {}),
  }))();

export type ResponseStreamEvent = t.TypeOf<typeof ResponseStreamEvent>;
export type ResponseObject = t.TypeOf<typeof ResponseObject>;
export type ResponseContent = t.TypeOf<typeof Content>;
export type ResponseItem = t.TypeOf<typeof Item>;
export type ResponseLogprob = t.TypeOf<typeof TokenLogprob>;
export type ResponseUsage = t.TypeOf<typeof Usage>;
