import * as t from 'io-ts';

import { nullable, openUnion } from '../codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

export const MessagesUsage = /* @__PURE__ */ (() =>
  t.partial({
    input_tokens: nullable(t.number),
    output_tokens: nullable(t.number),
    cache_creation_input_tokens: nullable(t.number),
    cache_read_input_tokens: nullable(t.number),
    output_tokens_details: nullable(t.partial({ thinking_tokens: nullable(t.number) })),
  }))();

const Tool = /* @__PURE__ */ (() =>
  t.intersection([t.type({ type: t.string, id: t.string, name: t.string }), t.partial({ input: t.unknown })]))();

const ContentBlock = /* @__PURE__ */ (() =>
  openUnion('ContentBlock', {
    text: t.intersection([
      t.type({ type: t.literal('text'), text: t.string }),
      t.partial({ citations: nullable(t.array(t.unknown)) }),
    ]),
    thinking: t.intersection([
      t.type({ type: t.literal('thinking'), thinking: t.string }),
      t.partial({ signature: nullable(t.string) }),
    ]),
    redacted_thinking: t.type({ type: t.literal('redacted_thinking'), data: t.string }),
    tool_use: t.intersection([t.type({ type: t.literal('tool_use') }), Tool]),
    server_tool_use: t.intersection([t.type({ type: t.literal('server_tool_use') }), Tool]),
    mcp_tool_use: t.intersection([t.type({ type: t.literal('mcp_tool_use') }), Tool]),
  }))();

const BlockDelta = /* @__PURE__ */ (() =>
  openUnion('BlockDelta', {
    text_delta: t.type({ type: t.literal('text_delta'), text: t.string }),
    input_json_delta: t.type({ type: t.literal('input_json_delta'), partial_json: t.string }),
    thinking_delta: t.type({ type: t.literal('thinking_delta'), thinking: t.string }),
    signature_delta: t.type({ type: t.literal('signature_delta'), signature: t.string }),
    citations_delta: t.type({ type: t.literal('citations_delta'), citation: t.unknown }),
    compaction_delta: t.type({ type: t.literal('compaction_delta') }),
  }))();

const Message = /* @__PURE__ */ (() =>
  t.intersection([
    t.type({ id: t.string, model: t.string }),
    t.partial({ content: nullable(t.array(ContentBlock)), usage: nullable(MessagesUsage) }),
  ]))();

const MessageChange = /* @__PURE__ */ (() =>
  t.partial({
    stop_reason: nullable(t.string),
    stop_sequence: nullable(t.string),
    stop_details: t.unknown,
  }))();

/** A `message`: the whole answer in one object. Of its blocks, too, only what the mapper reads has a shape. */
export const WholeMessage = /* @__PURE__ */ (() =>
  t.intersection([
    t.type({ id: t.string, model: t.string, content: t.array(ContentBlock) }),
    t.partial({ usage: nullable(MessagesUsage) }),
    MessageChange,
  ]))();

/**
 * An event of a streamed message. Only what the mapper reads has a shape; other fields, events, blocks
 * and deltas pass through.
 */
export const MessageStreamEvent = /* @__PURE__ */ (() =>
  openUnion('MessageStreamEvent', {
    message_start: t.type({ type: t.literal('message_start'), message: Message }),
    content_block_start: t.type({
      type: t.literal('content_block_start'),
      index: t.number,
      content_block: ContentBlock,
    }),
    content_block_delta: t.type({ type: t.literal('content_block_delta'), index: t.number, delta: BlockDelta }),
    content_block_stop: t.type({ type: t.literal('content_block_stop'), index: t.number }),
    message_delta: t.intersection([
      t.type({ type: t.literal('message_delta'), delta: MessageChange }),
      t.partial({ usage: nullable(MessagesUsage) }),
    ]),
    message_stop: t.type({ type: t.literal('message_stop') }),
    ping: t.type({ type: t.literal('ping') }),
    error: t.type({ type: t.literal('error') }),
  }))();

export type MessageStreamEvent = t.TypeOf<typeof MessageStreamEvent>;
export type ContentBlock = t.TypeOf<typeof ContentBlock>;
export type BlockDelta = t.TypeOf<typeof BlockDelta>;
export type MessagesUsage = t.TypeOf<typeof MessagesUsage>;
export type WholeMessage = t.TypeOf<typeof WholeMessage>;
