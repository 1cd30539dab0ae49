import type { Citation, Delta, PartStartDelta } from '../../deltas/Delta.ts';
import { mergeUsage, type Usage } from '../../deltas/Usage.ts';
import type { ApiError } from '../../errors/ApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { stopReasonFrom } from './stopReasons.ts';
import { usageToMessages } from './usage.ts';

const event = (type: string, fields: object = {}): Frame => ({
  kind: 'message',
  event: type,
  data: JSON.stringify({ type, ...fields }),
  id: undefined,
});

/** Anthropic's own citations go back as they came; others become the kind that has an address. */
const citationOf = ({ raw, url, title, citedText }: Citation): unknown => {
  const type = (raw as { readonly type?: unknown } | null | undefined)?.type;
  if (typeof type === 'string' && type.endsWith('_location')) return raw;
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    cited_text: citedText ?? '',
    encrypted_index: '',
  };
};

const blockOf = ({ kind, redacted, raw }: Pick<PartStartDelta, 'kind' | 'redacted' | 'raw'>): object | undefined => {
  switch (kind) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: '' };
    case 'reasoning':
      return redacted === undefined
        ? { type: 'thinking', thinking: '', signature: '' }
        : { type: 'redacted_thinking', data: redacted };
    case 'tool-result':
    case 'other':
      return typeof raw === 'object' && raw !== null ? raw : undefined;
    // A tool call is announced with its id and name; Anthropic has no audio.
    case 'tool-call':
    case 'audio':
      return undefined;
  }
};

const deltaOf = (delta: Delta): object | undefined => {
  switch (delta.type) {
    case 'text':
    case 'refusal':
      return { type: 'text_delta', text: delta.text };
    case 'reasoning':
      return { type: 'thinking_delta', thinking: delta.text };
    case 'signature':
      return { type: 'signature_delta', signature: delta.signature };
    case 'citation':
      return { type: 'citations_delta', citation: citationOf(delta.citation) };
    case 'tool-call':
      return delta.argumentsText === undefined
        ? undefined
        : { type: 'input_json_delta', partial_json: delta.argumentsText };
    case 'other':
      return typeof delta.raw === 'object' && delta.raw !== null ? delta.raw : undefined;
    default:
      return undefined;
  }
};

/** The block that begins with a delta, where none was announced; a tool call is announced by its id and name. */
const unannounced = (delta: Delta): object | undefined => {
  switch (delta.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return blockOf({ kind: delta.type });
    case 'tool-call': {
      const { id = '', name = '', executedBy } = delta;
      return { type: executedBy === 'client' ? 'tool_use' : 'server_tool_use', id, name, input: {} };
    }
    default:
      return undefined;
  }
};

/** What an Anthropic-style server sends for each delta of one answer; it knows choice 0 only. */
class MessagesEncoder {
  /** The block that each part became; parts that Anthropic has no block for are missing. */
  readonly #blocks = new Map<number, number>();
  #blockCount = 0;
  #usage: Usage | undefined;
  #finish: Extract<Delta, { type: 'finish' }> | undefined;

  encode(delta: Delta): readonly Frame[] {
    if ('choice' in delta && delta.choice !== 0) return [];
    switch (delta.type) {
      case 'start':
        return [this.#start(delta)];
      case 'part-start': {
        const block = blockOf(delta);
        return block ? [this.#openBlock(delta.part, block)] : [];
      }
      case 'part-end':
        return this.#blocks.has(delta.part)
          ? [event('content_block_stop', { index: this.#blocks.get(delta.part) })]
          : [];
      // Usage and stop reason go out together, when both are known: clients let the later event win.
      case 'usage':
        this.#usage = mergeUsage(this.#usage, delta.usage);
        return [];
      case 'finish':
        this.#finish = delta;
        return [];
      case 'end':
        return this.#end();
      default:
        return this.#grow(delta);
    }
  }

  #start({ id, model }: Extract<Delta, { type: 'start' }>): Frame {
    const usage = { input_tokens: 0, output_tokens: 0 };
    const head = { id, type: 'message', role: 'assistant', model, content: [] };
    return event('message_start', { message: { ...head, stop_reason: null, stop_sequence: null, usage } });
  }

  #openBlock(part: number, block: object): Frame {
    const index = this.#blockCount;
    this.#blockCount += 1;
    this.#blocks.set(part, index);
    return event('content_block_start', { index, content_block: block });
  }

  #grow(delta: Delta): readonly Frame[] {
    const frames: Frame[] = [];
    const part = 'part' in delta ? delta.part : undefined;
    if (part !== undefined && !this.#blocks.has(part)) {
      const block = unannounced(delta);
      if (block) frames.push(this.#openBlock(part, block));
    }
    const index = part === undefined ? undefined : this.#blocks.get(part);
    const change = deltaOf(delta);
    if (index !== undefined && change) frames.push(event('content_block_delta', { index, delta: change }));
    else if (delta.type === 'other' && part === undefined && change) frames.push(event(delta.name, change));
    return frames;
  }

  #end(): readonly Frame[] {
    const { reason = 'stop', raw = '', details } = this.#finish ?? {};
    const stop_reason = reason === 'other' ? raw : stopReasonFrom(reason);
    const { stop_sequence = null, stop_details } = (details ?? {}) as {
      stop_sequence?: unknown;
      stop_details?: unknown;
    };
    return [
      event('message_delta', {
        delta: {
          stop_reason: stop_sequence === null ? stop_reason : 'stop_sequence',
          stop_sequence,
          ...(stop_details !== undefined && stop_details !== null && { stop_details }),
        },
        usage: this.#usage ? usageToMessages(this.#usage) : { output_tokens: 0 },
      }),
      event('message_stop'),
    ];
  }
}

/** What an Anthropic-style server sends for each delta of one answer. */
export const encodeMessages = (): ((delta: Delta) => readonly Frame[]) => {
  const encoder = new MessagesEncoder();
  return (delta) => encoder.encode(delta);
};

/** What an Anthropic-style server sends for an error in the middle of a stream. */
export const encodeMessagesError = ({ providerMessage, code, requestId }: ApiError): readonly Frame[] => [
  event('error', {
    error: { type: code ?? 'api_error', message: providerMessage },
    ...(requestId !== undefined && { request_id: requestId }),
  }),
];
