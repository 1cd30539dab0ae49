import Anthropic from '@anthropic-ai/sdk';

import type { DecodeClient } from './DecodeClient.ts';
import { responseOf } from './responseOf.ts';

/** Anthropic's own client. */
export const anthropicClient: DecodeClient = {
  name: '@anthropic-ai/sdk',
  async decode(reads) {
    const client = new Anthropic({
      apiKey: 'none',
      baseURL: 'http://bench.test',
      maxRetries: 0,
      fetch: () => Promise.resolve(responseOf(reads)),
    });
    let text = '';
    const events = await client.messages.create({ model: 'm', max_tokens: 1, messages: [], stream: true });
    for await (const event of events) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    }
    return text;
  },
};
