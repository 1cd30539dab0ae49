import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';

import { apiKey, body, type ConcurrentClient } from '../ConcurrentClient.ts';

/** The AI SDK's `streamText`, its `textStream` iterated. */
export const aiSdk: ConcurrentClient = {
  name: 'ai',
  async read(baseURL, sink) {
    const { textStream } = streamText({ model: createOpenAI({ apiKey, baseURL }).chat('m'), messages: body.messages });
    for await (const piece of textStream) sink.text(piece);
  },
};
