import type { Delta, PartKind, ToolExecutor } from '../../deltas/Delta.ts';
import { PartWriter } from '../../deltas/PartWriter.ts';
import { filledText } from '../../internal/filledText.ts';
import { jsonOf } from '../jsonOf.ts';
import { citationFromMessages } from './citationFromMessages.ts';
import type { BlockDelta, ContentBlock, MessagesUsage, MessageStreamEvent } from './codec.ts';
import { partOfBlock } from './partOfBlock.ts';
import { finishReasonOf } from './stopReasons.ts';
import { mergeMessagesUsage, usageFromMessages } from './usage.ts';

// Anthropic gives one answer to a request.
const choice = 0;

/** A content block that has begun and not ended. */
interface OpenBlock {
  readonly block: ContentBlock;
  readonly part: number;
  readonly kind: PartKind;
  readonly executedBy: ToolExecutor;
  /** A tool's input that came whole with the block; it counts only if no pieces of it follow. */
  wholeInput: string | undefined;
  /** A summary of what came before, which must go back whole, once deltas have filled it in. */
  compaction: object | undefined;
}

/** Whether a delta is for a part of this kind: new kinds of blocks and of deltas may come in any pairing. */
const isFitting = (type: string, kind: PartKind): boolean => {
  switch (type) {
    case 'text_delta':
    case 'citations_delta':
      return kind === 'text';
    case 'thinking_delta':
      return kind === 'reasoning';
    case 'signature_delta':
      return kind === 'reasoning' || kind === 'tool-call';
    case 'input_json_delta':
      return kind === 'tool-call';
    default:
      return false;
  }
};

const none: readonly never[] = [];

const isFilled = (input: unknown): boolean =>
  typeof input === 'object' && input !== null ? Object.keys(input).length > 0 : input !== undefined && input !== null;

/** What is remembered of one stream from event to event. */
class MessagesMapper {
  readonly #parts = new PartWriter(choice);
  readonly #blocks = new Map<number, OpenBlock>();
  #usage: MessagesUsage = {};

  map(event: MessageStreamEvent): readonly Delta[] {
    if (event.type === 'content_block_delta') return this.#growBlock(event.index, event.delta);
    const out: Delta[] = [];
    switch (event.type) {
      case 'message_start':
        this.#start(event.message, out);
        break;
      case 'content_block_start':
        this.#openBlock(event.index, event.content_block, out);
        break;
      case 'content_block_stop':
        this.#closeBlock(event.index, out);
        break;
      case 'message_delta':
        this.#change(event, out);
        break;
      case 'message_stop':
      case 'ping':
      // The error itself follows as one; there is no content beside it.
      case 'error':
        break;
      default:
        out.push({ type: 'other', name: (event as { type: string }).type, raw: event });
    }
    return out;
  }

  #start(message: Extract<MessageStreamEvent, { type: 'message_start' }>['message'], out: Delta[]): void {
    out.push({ type: 'start', id: message.id, model: message.model, attempt: 1, step: 0 });
    // Empty from Anthropic itself; some gateways send what they have.
    (message.content ?? []).forEach((block, index) => {
      this.#openBlock(index, block, out);
      this.#closeBlock(index, out);
    });
    if (message.usage) this.#count(message.usage, out);
  }

  #openBlock(index: number, block: ContentBlock, out: Delta[]): void {
    // An index that comes again is another block; the one before it has ended.
    this.#closeBlock(index, out);
    const { kind, details } = partOfBlock(block);
    const part = this.#parts.begin(kind, out, details);
    const open: OpenBlock = {
      block,
      part,
      kind,
      executedBy: block.type === 'tool_use' ? 'client' : 'server',
      wholeInput: undefined,
      compaction: undefined,
    };
    this.#blocks.set(index, open);
    switch (block.type) {
      case 'text':
        if (block.text !== '') out.push({ type: 'text', choice, part, text: block.text });
        for (const raw of block.citations ?? [])
          out.push({ type: 'citation', choice, part, citation: citationFromMessages(raw) });
        break;
      case 'thinking':
        if (block.thinking !== '') out.push({ type: 'reasoning', choice, part, text: block.thinking });
        if (filledText(block.signature) !== undefined) {
          out.push({ type: 'signature', choice, part, signature: block.signature as string });
        }
        break;
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use': {
        const { id, name, input } = block;
        out.push({ type: 'tool-call', choice, part, id, name, input: 'json', executedBy: open.executedBy });
        // Input that is text came from arguments that were no JSON, and is none here either.
        if (isFilled(input)) open.wholeInput = typeof input === 'string' ? input : jsonOf(input);
        break;
      }
      default:
    }
  }

  /** Each gives one delta or none: a list made for that takes half the memory of one that is pushed to. */
  #growBlock(index: number, delta: BlockDelta): readonly Delta[] {
    const open = this.#blocks.get(index);
    if (open === undefined) return [{ type: 'other', name: delta.type, choice, raw: delta }];
    const { part, kind, executedBy } = open;
    if (!isFitting(delta.type, kind)) {
      if (delta.type === 'compaction_delta') this.#compact(open, delta);
      return [{ type: 'other', name: delta.type, choice, part, raw: delta }];
    }
    switch (delta.type) {
      case 'text_delta':
        return delta.text === '' ? none : [{ type: 'text', choice, part, text: delta.text }];
      case 'thinking_delta':
        return delta.thinking === '' ? none : [{ type: 'reasoning', choice, part, text: delta.thinking }];
      case 'input_json_delta': {
        const argumentsText = delta.partial_json;
        if (argumentsText === '') return none;
        open.wholeInput = undefined;
        return [{ type: 'tool-call', choice, part, argumentsText, input: 'json', executedBy }];
      }
      case 'signature_delta':
        return [{ type: 'signature', choice, part, signature: delta.signature }];
      case 'citations_delta':
        return [{ type: 'citation', choice, part, citation: citationFromMessages(delta.citation) }];
      default:
        return none;
    }
  }

  /** Its deltas bring values, not pieces: the last that is one stands. */
  #compact(open: OpenBlock, { type: _, ...news }: Extract<BlockDelta, { type: 'compaction_delta' }>): void {
    if (open.block.type !== ('compaction' as string)) return;
    const known = Object.entries(news).filter(([, value]) => value !== null && value !== undefined);
    open.compaction = { ...(open.compaction ?? open.block), ...Object.fromEntries(known) };
  }

  #closeBlock(index: number, out: Delta[]): void {
    const open = this.#blocks.get(index);
    if (open === undefined) return;
    const { part, executedBy, wholeInput, compaction } = open;
    this.#blocks.delete(index);
    if (wholeInput !== undefined) {
      out.push({ type: 'tool-call', choice, part, argumentsText: wholeInput, input: 'json', executedBy });
    }
    this.#parts.end(part, out, compaction ? { raw: compaction } : {});
  }

  #change(event: Extract<MessageStreamEvent, { type: 'message_delta' }>, out: Delta[]): void {
    const { type, delta, usage, ...more } = event;
    const { stop_reason: raw, stop_sequence, stop_details, ...moreOfDelta } = delta;
    if (filledText(raw) !== undefined) {
      for (const index of this.#blocks.keys()) this.#closeBlock(index, out);
      const hasDetails = (stop_sequence ?? stop_details ?? undefined) !== undefined;
      const details = hasDetails ? { details: { stop_sequence, stop_details } } : {};
      out.push({ type: 'finish', choice, reason: finishReasonOf(raw as string), raw: raw as string, ...details });
    }
    for (const [name, value] of Object.entries({ ...moreOfDelta, ...more })) {
      if (value !== null && value !== undefined) out.push({ type: 'other', name: `${type}.${name}`, raw: value });
    }
    if (usage) this.#count(usage, out);
  }

  #count(usage: MessagesUsage, out: Delta[]): void {
    this.#usage = mergeMessagesUsage(this.#usage, usage);
    out.push({ type: 'usage', usage: usageFromMessages(this.#usage) });
  }
}

/** Maps the events of one stream to deltas, in order. */
export const messagesDeltas = (): ((event: MessageStreamEvent) => readonly Delta[]) => {
  const mapper = new MessagesMapper();
  return (event) => mapper.map(event);
};
