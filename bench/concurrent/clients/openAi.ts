import OpenAI from 'openai';

import { apiKey, body, type ConcurrentClient } from '../ConcurrentClient.ts';

/** OpenAI's own client, iterated. */
export const openAi: ConcurrentClient = {
  name: 'openai',
  async read(baseURL, sink) {
    const client = new OpenAI({ apiKey, baseURL });
    const chunks = await client.chat.completions.create({ ...body, stream: true });
    for await (const chunk of chunks) sink.text(chunk.choices[0]?.delta.content ?? '');
  },
};
