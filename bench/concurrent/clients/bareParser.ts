import { createParser } from 'eventsource-parser';

import { chatWire } from '../../wires/chatWire.ts';
import { bareRequest, type ConcurrentClient } from '../ConcurrentClient.ts';

/** What one writes without a library: a parser for the framing, `JSON.parse`, no checks, no clocks. */
export const bareParser: ConcurrentClient = {
  name: 'eventsource-parser',
  async read(baseUrl, sink) {
    const { body } = await fetch(`${baseUrl}/chat/completions`, bareRequest);
    const parser = createParser({
      onEvent({ data }) {
        if (data !== '[DONE]') sink.text(chatWire.pieceIn(JSON.parse(data)));
      },
    });
    const decoder = new TextDecoder();
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parser.feed(decoder.decode(read.value, { stream: true }));
    }
  },
};
