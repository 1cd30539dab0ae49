import OpenAI from 'openai';

import type { DecodeClient } from './DecodeClient.ts';
import { responseOf } from './responseOf.ts';

/** OpenAI's own client. */
export const openAiClient: DecodeClient = {
  name: 'openai',
  async decode(reads) {
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: 'http://bench.test/v1',
      maxRetries: 0,
      fetch: () => Promise.resolve(responseOf(reads)),
    });
    let text = '';
    const chunks = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
    for await (const chunk of chunks) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  },
};
