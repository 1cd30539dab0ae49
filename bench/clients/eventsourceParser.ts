import { createParser } from 'eventsource-parser';

import type { Wire } from '../wires/Wire.ts';
import type { DecodeClient } from './DecodeClient.ts';

/** The parser that rxllm and others stand on, with `JSON.parse` and nothing else behind it. */
export const eventsourceParser = ({ pieceIn }: Wire): DecodeClient => ({
  name: 'eventsource-parser',
  decode(reads) {
    let text = '';
    const parser = createParser({
      onEvent({ data }) {
        if (data !== '[DONE]') text += pieceIn(JSON.parse(data));
      },
    });
    const decoder = new TextDecoder();
    for (const bytes of reads) parser.feed(decoder.decode(bytes, { stream: true }));
    return text;
  },
});
