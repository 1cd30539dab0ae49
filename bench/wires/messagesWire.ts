import { seededRandom, tokens } from './tokens.ts';
import type { Wire } from './Wire.ts';

/** Anthropic hides how long a token is with spaces before the last brace. */
const maxPaddingChars = 8;

const message = {
  id: 'msg_01XvQ7hRkWc3bYtNzPd5LmJa',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 412, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
};

type EventLike =
  | { readonly type: 'content_block_delta'; readonly delta: { readonly text?: string } }
  | { readonly type: 'message_start' };

/** Anthropic's Messages: one block of text. */
export const messagesWire: Wire = {
  name: 'anthropic-messages',
  record(contentChunks) {
    const random = seededRandom(2);
    const pieces = tokens(contentChunks, random);
    const events = [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
      ...pieces.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: contentChunks },
      },
      { type: 'message_stop' },
    ];
    const encoder = new TextEncoder();
    const encode = (event: { readonly type: string }): Uint8Array => {
      const padding = ' '.repeat(Math.floor(random() * (maxPaddingChars + 1)));
      return encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event).slice(0, -1)}${padding}}\n\n`);
    };
    return { events: events.map(encode), text: pieces.join('') };
  },
  pieceIn(json) {
    const event = json as EventLike;
    return event.type === 'content_block_delta' ? (event.delta.text ?? '') : '';
  },
};
