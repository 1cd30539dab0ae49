import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { type LanguageModel, streamText } from 'ai';

import type { DecodeClient } from './DecodeClient.ts';
import { responseOf } from './responseOf.ts';

type ModelOf = (fetch: typeof globalThis.fetch) => LanguageModel;

const aiSdk = (modelOf: ModelOf): DecodeClient => ({
  name: 'ai',
  async decode(reads) {
    const errors: unknown[] = [];
    const { textStream } = streamText({
      model: modelOf(() => Promise.resolve(responseOf(reads))),
      prompt: 'Go',
      maxOutputTokens: 64,
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    let text = '';
    for await (const piece of textStream) text += piece;
    if (errors.length > 0) throw errors[0];
    return text;
  },
});

const address = { apiKey: 'none', baseURL: 'http://bench.test/v1' };

/** The AI SDK's `textStream`, from OpenAI's Chat Completions. */
export const aiSdkOpenAi = aiSdk((fetch) => createOpenAI({ ...address, fetch }).chat('m'));

/** The same from Anthropic's Messages. */
export const aiSdkAnthropic = aiSdk((fetch) => createAnthropic({ ...address, fetch })('m'));
