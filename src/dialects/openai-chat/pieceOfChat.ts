import { filledText } from '../../internal/filledText.ts';
import type { PiecePlace } from '../Dialect.ts';
import type { ChatCompletionChunk, ChatToolCallFragment } from './codec.ts';

// `obfuscation` hides how long a piece is; some servers say in `created` when they made the chunk. The others differ from stream to stream.
const ignored = [['obfuscation'], ['created'], ['id'], ['system_fingerprint']];

const inDelta = (...path: readonly (string | number)[]): PiecePlace => ({
  path: ['choices', 0, 'delta', ...path],
  ignored,
});
const content = /* @__PURE__ */ inDelta('content');
const reasoningContent = /* @__PURE__ */ inDelta('reasoning_content');
const reasoning = /* @__PURE__ */ inDelta('reasoning');
const callArguments = /* @__PURE__ */ inDelta('tool_calls', 0, 'function', 'arguments');

/** Without a number of its own, a fragment belongs to the call that came last, which other frames change. */
const isNumbered = ([fragment, ...more]: readonly ChatToolCallFragment[]): boolean =>
  typeof fragment?.index === 'number' && more.length === 0;

/** Where a chunk has its text, if it has one choice and text in one place only. */
export const pieceOfChat = ({ choices }: ChatCompletionChunk): PiecePlace | undefined => {
  const delta = choices?.length === 1 ? choices[0]?.delta : undefined;
  if (!delta) return undefined;
  if (delta.tool_calls) return isNumbered(delta.tool_calls) ? callArguments : undefined;
  if (filledText(delta.content) !== undefined) return content;
  // Its words come before the others.
  if (delta.reasoning_details?.length) return undefined;
  // The first of them that is filled counts.
  return filledText(delta.reasoning_content) === undefined ? reasoning : reasoningContent;
};
