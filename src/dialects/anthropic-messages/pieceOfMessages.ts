import type { PiecePlace } from '../Dialect.ts';
import type { MessageStreamEvent } from './codec.ts';

const inDelta = (field: string): PiecePlace => ({ path: ['delta', field], ignored: [] });
const places = new Map([
  ['text_delta', /* @__PURE__ */ inDelta('text')],
  ['thinking_delta', /* @__PURE__ */ inDelta('thinking')],
  ['input_json_delta', /* @__PURE__ */ inDelta('partial_json')],
]);

/** Where an event has the text by which it makes a block grow. */
export const pieceOfMessages = (event: MessageStreamEvent): PiecePlace | undefined =>
  event.type === 'content_block_delta' ? places.get(event.delta.type) : undefined;
